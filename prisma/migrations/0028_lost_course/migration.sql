-- A case may tell the record something and then lose the workflow task in which it did: with its worker, or with Temporal. It goes that way again and
-- may go it differently, by an outage that the first time had not seen. What the first course had told is in the record, stays there, and is told a
-- second time under other numbers: it must not stand there twice.
alter table "Case" add column "toldSeq" int, add column "lostFrom" int, add column "lostTo" int;

create or replace function kontor_record_case(news jsonb) returns void language plpgsql as $$
declare
  told "Case"%rowtype := jsonb_populate_record(null::"Case", news -> 'case');
  number int := (news ->> 'seq')::int;
  held "Case"%rowtype;
  event record;
  previous text;
  told_to int; -- the last event that the case has told, in its own count
  today timestamp := date_trunc('milliseconds', now() at time zone 'utc');
begin
  insert into "Case" (id, kind, subject, "customerId", state, headline, actor, "waitingFor", since, "dueBy", tlds, policy, view, seq,
                      "startedAt", "closedAt", "updatedAt")
    values (told.id, told.kind, told.subject, told."customerId", told.state, told.headline, told.actor, told."waitingFor", told.since,
            told."dueBy", told.tlds, told.policy, told.view, 0, told."startedAt", told."closedAt", today)
    on conflict (id) do nothing;
  -- from here on this case is ours until the end of the transaction; a new snapshot sees what the one before us wrote
  select * into held from "Case" where id = told.id for no key update;

  -- an event of another kind under a number that is taken: from there on another course of the case had told what the record holds
  if held."toldSeq" is null and (news #>> '{events,0,seq}')::int <= held.seq then
    select min(e.seq) into held."lostFrom"
      from jsonb_to_recordset(news -> 'events') as e(seq int, kind text)
        join "CaseEvent" c on c."caseId" = told.id and c.seq = e.seq
      where c.kind <> e.kind;
    if held."lostFrom" is not null then
      held."lostTo" := held.seq;
      held."toldSeq" := held."lostFrom" - 1;
    end if;
  end if;
  told_to := coalesce(held."toldSeq", held.seq);

  number := coalesce(number, told_to);
  if number < told_to then
    return; -- told late: the record knows more than that
  end if;

  select hash into previous from "CaseEvent" where "caseId" = told.id and seq = held.seq;
  previous := coalesce(previous, '');
  for event in
    select * from jsonb_to_recordset(news -> 'events') as e(seq int, at timestamptz, kind text, "by" text, what jsonb)
      where e.seq > told_to order by e.seq
  loop
    if event.seq <> told_to + 1 then
      raise exception 'case % has % events: event % does not follow', told.id, told_to, event.seq using errcode = 'integrity_constraint_violation';
    end if;
    told_to := event.seq;
    continue when held."lostFrom" is not null and exists (
      select 1 from "CaseEvent" c
        where c."caseId" = told.id and c.seq between held."lostFrom" and held."lostTo"
          and c.kind = event.kind and c."by" = event."by" and c.what = event.what);
    held.seq := held.seq + 1;
    insert into "CaseEvent" ("caseId", seq, at, kind, "by", what, "prevHash", hash)
      select told.id, held.seq, t.at, event.kind, event."by", event.what, previous,
             kontor_event_hash(previous, told.id, held.seq, t.at, event.kind, event."by", event.what)
        from (select date_trunc('milliseconds', event.at at time zone 'utc') as at) t
      returning hash into previous;
  end loop;
  if number > told_to then
    raise exception 'case % has % events, not %', told.id, told_to, number using errcode = 'integrity_constraint_violation';
  end if;

  update "Case" set kind = told.kind, subject = told.subject, "customerId" = coalesce(told."customerId", "customerId"), state = told.state,
      headline = told.headline, actor = told.actor, "waitingFor" = told."waitingFor", since = told.since, "dueBy" = told."dueBy",
      tlds = told.tlds, policy = told.policy, view = told.view, seq = held.seq, "closedAt" = told."closedAt",
      "toldSeq" = case when held."lostFrom" is not null then told_to end, "lostFrom" = held."lostFrom", "lostTo" = held."lostTo",
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
