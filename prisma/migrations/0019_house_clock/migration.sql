-- BEY-29: the test clock of a sandbox house. Where time has never been moved the table is empty, and the house's clock is the wall's.
CREATE TABLE "HouseClock" (
    "id" TEXT NOT NULL DEFAULT 'house',
    "aheadMs" BIGINT NOT NULL,
    "since" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "HouseClock_pkey" PRIMARY KEY ("id")
);
alter table "HouseClock" add constraint "HouseClock_one" check (id = 'house');
alter table "HouseClock" add constraint "HouseClock_ahead" check ("aheadMs" > 0);

-- never back: what has happened at the house has happened
create function kontor_clock_goes_on() returns trigger language plpgsql as $$
begin
  if new."aheadMs" < old."aheadMs" then
    raise exception 'the clock of the house is never put back' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger goes_on before update on "HouseClock" for each row execute function kontor_clock_goes_on();

-- What time it is at the house, for the rules that judge its dates (invariants.sql). Sessions, claims and rate limits go by now().
create function kontor_now() returns timestamptz language sql stable
  return now() + coalesce((select "aheadMs" * interval '1 millisecond' from "HouseClock"), interval '0');
