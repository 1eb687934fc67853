-- Cases whose conclusion has to be computed anew, since the records of their parties changed: a case of the party
-- was entered, edited, decided, or dealt with by a court or procuratorate, in whichever organ.

-- Whose records changed. A row is written with the change, by a trigger, and worked off by the worker, which screens
-- every case of that party again. No officer reads or writes it. `case_id`: where the change happened.
CREATE TABLE changed_parties (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id uuid NOT NULL,
  uscc text,
  id_number_index bytea,
  name text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE changed_parties ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON changed_parties FOR ALL TO xianjie_worker USING (true) WITH CHECK (true);

-- Past the policies 6: writes the mark, so that the organ that enters a case needs no right on it.
CREATE FUNCTION note_changed_party() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO changed_parties (case_id, uscc, id_number_index, name)
      VALUES (OLD.case_id, OLD.uscc, OLD.id_number_index, OLD.name);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO changed_parties (case_id, uscc, id_number_index, name)
      VALUES (NEW.case_id, NEW.uscc, NEW.id_number_index, NEW.name);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE OF uscc, id_number_index, name, kind ON parties
  FOR EACH ROW EXECUTE FUNCTION note_changed_party();

-- The same for all parties of a case: what other cases take from it changed.
CREATE FUNCTION note_changed_case() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  of_case uuid;
BEGIN
  IF TG_TABLE_NAME = 'cases' THEN
    of_case := NEW.id;
  ELSE
    of_case := NEW.case_id;
  END IF;
  INSERT INTO changed_parties (case_id, uscc, id_number_index, name)
    SELECT p.case_id, p.uscc, p.id_number_index, p.name FROM parties p WHERE p.case_id = of_case;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_change
  AFTER UPDATE OF cause, facts, act_end_date, decided_on, penalties, fine_amount, confiscated_amount ON cases
  FOR EACH ROW WHEN (
    (OLD.cause, OLD.facts, OLD.act_end_date, OLD.decided_on, OLD.penalties, OLD.fine_amount, OLD.confiscated_amount)
      IS DISTINCT FROM
    (NEW.cause, NEW.facts, NEW.act_end_date, NEW.decided_on, NEW.penalties, NEW.fine_amount, NEW.confiscated_amount))
  EXECUTE FUNCTION note_changed_case();
CREATE TRIGGER note_change AFTER UPDATE OF state ON transfers
  FOR EACH ROW WHEN (NEW.state IN ('judged', 'not_prosecuted', 'reversed') AND OLD.state <> NEW.state)
  EXECUTE FUNCTION note_changed_case();

-- Parties that have several cases already: each is looked at once.
INSERT INTO changed_parties (case_id, uscc, id_number_index, name)
  SELECT DISTINCT ON (p.uscc, p.id_number_index) p.case_id, p.uscc, p.id_number_index, p.name FROM parties p
    WHERE EXISTS (SELECT 1 FROM parties q WHERE q.case_id <> p.case_id
      AND (q.uscc = p.uscc OR q.id_number_index = p.id_number_index))
    ORDER BY p.uscc, p.id_number_index, p.case_id;

-- What the platform's records say of parties: of each decided case whether it was penalised, and when; of each
-- undecided one the figures that are added up, as far as `figures` names them. A case that once came to a judgment,
-- non-prosecution or reverse referral is treated (经处理), whatever became of it afterwards. Nobody may call it but
-- the functions below, each of which says who is told.
CREATE FUNCTION records_between(places int[], usccs text[], id_indexes bytea[], names text[], except_cases uuid[],
    figures text[])
  RETURNS TABLE (place int, organ_name text, cause text, act_end_date date, decided_on date, penalised boolean,
    facts jsonb, party_kinds text[], by_name boolean)
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
    SELECT f.place, x.name, o.cause, o.act_end_date, o.decided_on,
        o.decided_on IS NOT NULL
          AND (o.penalties <> '{}' OR coalesce(o.fine_amount, 0) > 0 OR coalesce(o.confiscated_amount, 0) > 0),
        CASE WHEN o.decided_on IS NULL THEN (
          SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(o.facts) e
            WHERE e.key = ANY (figures)) END,
        (SELECT array_agg(DISTINCT q.kind) FROM parties q WHERE q.case_id = o.id),
        f.by_name
      FROM (
        SELECT DISTINCT ON (p.place, s.case_id) p.place, s.case_id, s.by_name
          FROM unnest(places, usccs, id_indexes, names, except_cases)
            AS p (place, uscc, id_index, name, except_case)
          CROSS JOIN LATERAL same_party(p.uscc, p.id_index, p.name) AS s
          WHERE s.case_id IS DISTINCT FROM p.except_case
          ORDER BY p.place, s.case_id, s.by_name) AS f
      JOIN cases o ON o.id = f.case_id
      JOIN organs x ON x.id = o.organ_id
      WHERE o.decided_on IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM transfers t JOIN transfer_steps s ON s.transfer_id = t.id
          WHERE t.case_id = o.id AND s.to_state IN ('judged', 'not_prosecuted', 'reversed'))
      ORDER BY f.place, o.id DESC;
END
$$;

-- Past the policies 4: to an organ, of parties that it is about to screen. `place` is its number of the case.
CREATE OR REPLACE FUNCTION party_records(places int[], usccs text[], id_indexes bytea[], names text[],
    except_cases uuid[], figures text[])
  RETURNS TABLE (place int, organ_name text, cause text, act_end_date date, decided_on date, penalised boolean,
    facts jsonb, party_kinds text[], by_name boolean)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT my_kind()) IS DISTINCT FROM 'enforcement' THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT * FROM records_between(places, usccs, id_indexes, names, except_cases, figures);
END
$$;

-- Past the policies 7: to the worker, of the parties of stored cases. It tells numbers and names of nobody.
CREATE FUNCTION case_records(of_cases uuid[], figures text[])
  RETURNS TABLE (case_id uuid, organ_name text, cause text, act_end_date date, decided_on date, penalised boolean,
    facts jsonb, party_kinds text[], by_name boolean)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  places int[];
  usccs text[];
  id_indexes bytea[];
  names text[];
  except_cases uuid[];
BEGIN
  SELECT array_agg(m.place), array_agg(p.uscc), array_agg(p.id_number_index), array_agg(p.name), array_agg(m.id)
    INTO places, usccs, id_indexes, names, except_cases
    FROM unnest(of_cases) WITH ORDINALITY AS m (id, place) JOIN parties p ON p.case_id = m.id;
  RETURN QUERY SELECT of_cases[r.place], r.organ_name, r.cause, r.act_end_date, r.decided_on, r.penalised, r.facts,
      r.party_kinds, r.by_name
    FROM records_between(places, usccs, id_indexes, names, except_cases, figures) AS r;
END
$$;

-- Past the policies 8: to the worker, which cases are of the parties that changed. None where the changed case is
-- the only one: its records are its own.
CREATE FUNCTION cases_of_changed_parties(marks bigint[]) RETURNS TABLE (mark bigint, case_id uuid)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT m.id, s.case_id FROM changed_parties m
      CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT q.case_id) AS found FROM same_party(m.uscc, m.id_number_index, m.name) AS q) AS f
      CROSS JOIN LATERAL unnest(f.found) AS s (case_id)
      WHERE m.id = ANY (marks) AND f.found <> ARRAY[m.case_id]
      ORDER BY m.id, s.case_id;
END
$$;

ALTER TABLE findings DROP CONSTRAINT findings_screened_for_check;
ALTER TABLE findings ADD CONSTRAINT findings_screened_for_check
  CHECK (screened_for IN ('entry', 'facts_changed', 'law_changed', 'records_changed'));

-- The worker screens stored cases as their organs do: with what officers confirmed and added.
CREATE POLICY worker ON officer_findings FOR SELECT TO xianjie_worker USING (true);
CREATE POLICY worker ON outside_penalties FOR SELECT TO xianjie_worker USING (true);
GRANT SELECT (case_id, kind, charge) ON officer_findings TO xianjie_worker;
GRANT SELECT (id, case_id, organ_name, cause, decided_on, source) ON outside_penalties TO xianjie_worker;
GRANT DELETE, SELECT (id, case_id, changed_at), UPDATE (changed_at) ON changed_parties TO xianjie_worker;
GRANT EXECUTE ON FUNCTION case_records(uuid[], text[]), cases_of_changed_parties(bigint[]), recorded_since()
  TO xianjie_worker;

-- A case below the threshold in which an officer found reasonable suspicion (合理嫌疑, 国务院令第730号修订 第三条第二款)
-- is to be transferred like one that reaches it. It stands in the list of what was not transferred as well, by the
-- day from which either was so; the column is NULL while a transfer has taken the case up.
ALTER TABLE cases ADD COLUMN suspected_at timestamptz;
UPDATE cases c SET suspected_at = f.found_at FROM (
    SELECT case_id, min(found_at) AS found_at FROM officer_findings WHERE kind = 'suspicion' GROUP BY case_id) AS f
  WHERE f.case_id = c.id;
ALTER TABLE cases ADD COLUMN untransferred_since timestamptz GENERATED ALWAYS AS (
  CASE WHEN NOT taken_up THEN least(CASE conclusion WHEN 'must_transfer' THEN reached_at END, suspected_at) END) STORED;
DROP INDEX cases_untransferred_by_organ, cases_untransferred_by_county, cases_untransferred_by_city,
  cases_untransferred_by_province;
CREATE INDEX cases_untransferred_by_organ ON cases (organ_id, untransferred_since, id)
  WHERE untransferred_since IS NOT NULL;
CREATE INDEX cases_untransferred_by_county ON cases (county, untransferred_since, id)
  WHERE untransferred_since IS NOT NULL;
CREATE INDEX cases_untransferred_by_city ON cases (city, untransferred_since, id)
  WHERE untransferred_since IS NOT NULL;
CREATE INDEX cases_untransferred_by_province ON cases (province, untransferred_since, id)
  WHERE untransferred_since IS NOT NULL;
