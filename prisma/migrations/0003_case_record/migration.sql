-- What a case tells the record, in one round trip: a workflow says it several times per order. Written by hand.

-- ── JSON in the form of RFC 8785 (keys sorted, no white space); prisma/case-chain.ts computes the same ──
create function kontor_canonical(value jsonb) returns text language plpgsql immutable strict parallel safe as $$
begin
  case jsonb_typeof(value)
    when 'object' then
      return '{' || coalesce((
        select string_agg(to_jsonb(key)::text || ':' || kontor_canonical(member), ',' order by key collate "C")
          from jsonb_each(value) as e(key, member)), '') || '}';
    when 'array' then
      return '[' || coalesce((
        select string_agg(kontor_canonical(member), ',' order by n)
          from jsonb_array_elements(value) with ordinality as e(member, n)), '') || ']';
    else
      return value::text;
  end case;
end $$;

create function kontor_event_hash("prevHash" text, "caseId" text, seq int, at timestamp, kind text, "by" text, what jsonb)
  returns text language sql immutable parallel safe
  return encode(sha256(convert_to("prevHash" || kontor_canonical(jsonb_build_object(
    'at', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'by', "by", 'caseId', "caseId", 'kind', kind, 'seq', seq, 'what', what)),
    'UTF8')), 'hex');

-- ── {case: {…}, seq, events: [{seq, at, kind, by, what}], order: {id, state, items: [{id, state, reason, expiresOn}]}} ──
create function kontor_record_case(news jsonb) returns void language plpgsql as $$
declare
  told "Case"%rowtype := jsonb_populate_record(null::"Case", news -> 'case');
  number int := (news ->> 'seq')::int;
  held "Case"%rowtype;
  event record;
  previous text;
  today timestamp := date_trunc('milliseconds', now() at time zone 'utc');
begin
  insert into "Case" (id, kind, subject, "customerId", state, headline, actor, "waitingFor", since, "dueBy", tlds, policy, view, seq,
                      "startedAt", "closedAt", "updatedAt")
    values (told.id, told.kind, told.subject, told."customerId", told.state, told.headline, told.actor, told."waitingFor", told.since,
            told."dueBy", told.tlds, told.policy, told.view, 0, told."startedAt", told."closedAt", today)
    on conflict (id) do nothing;
  -- from here on this case is ours until the end of the transaction; a new snapshot sees what the one before us wrote
  select * into held from "Case" where id = told.id for no key update;
  number := coalesce(number, held.seq);
  if number < held.seq then
    return; -- told late: the record knows more than that
  end if;

  select hash into previous from "CaseEvent" where "caseId" = told.id and seq = held.seq;
  previous := coalesce(previous, '');
  for event in
    select * from jsonb_to_recordset(news -> 'events') as e(seq int, at timestamptz, kind text, "by" text, what jsonb)
      where e.seq > held.seq order by e.seq
  loop
    if event.seq <> held.seq + 1 then
      raise exception 'case % has % events: event % does not follow', told.id, held.seq, event.seq using errcode = 'integrity_constraint_violation';
    end if;
    insert into "CaseEvent" ("caseId", seq, at, kind, "by", what, "prevHash", hash)
      select told.id, event.seq, t.at, event.kind, event."by", event.what, previous,
             kontor_event_hash(previous, told.id, event.seq, t.at, event.kind, event."by", event.what)
        from (select date_trunc('milliseconds', event.at at time zone 'utc') as at) t
      returning hash into previous;
    held.seq := event.seq;
  end loop;
  if number > held.seq then
    raise exception 'case % has % events, not %', told.id, held.seq, number using errcode = 'integrity_constraint_violation';
  end if;

  update "Case" set kind = told.kind, subject = told.subject, "customerId" = coalesce(told."customerId", "customerId"), state = told.state,
      headline = told.headline, actor = told.actor, "waitingFor" = told."waitingFor", since = told.since, "dueBy" = told."dueBy",
      tlds = told.tlds, policy = told.policy, view = told.view, seq = held.seq, "closedAt" = told."closedAt",
      "updatedAt" = today
    where id = told.id;

  if news ? 'order' then
    update "Order" set state = (news #>> '{order,state}')::"OrderState", headline = told.headline, "closedAt" = told."closedAt",
        "updatedAt" = today
      where id = news #>> '{order,id}';
    if not found then
      raise exception 'there is no order %', news #>> '{order,id}' using errcode = 'foreign_key_violation';
    end if;
    update "OrderItem" i set state = n.state, reason = n.reason, "expiresOn" = coalesce(n."expiresOn" at time zone 'utc', i."expiresOn"),
        "updatedAt" = today
      from jsonb_to_recordset(news #> '{order,items}')
        as n(id text, state "ItemState", reason jsonb, "expiresOn" timestamptz)
      where i.id = n.id and i."orderId" = news #>> '{order,id}'
        and (i.state, i.reason, i."expiresOn") is distinct from
            (n.state, n.reason, coalesce(n."expiresOn" at time zone 'utc', i."expiresOn"));
  end if;
end $$;
