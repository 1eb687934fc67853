-- Penalty cases. Figures and case numbers stand in `cases`; personal data (parties, narrative) in tables of
-- their own, which the coordinating office does not read.

-- Overlapping pairs of characters: the index for Chinese words, most of which have two characters.
CREATE FUNCTION character_pairs(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT substr(value, i, 2)), '{}')
    FROM generate_series(1, greatest(length(value) - 1, 1)) AS i WHERE value <> ''
$$;

-- A name without what is written now so, now otherwise: width, blanks, brackets, 省市区县, 有限(责任)公司. Equal
-- forms are a question to an officer, never an answer.
CREATE FUNCTION folded_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(replace(upper(normalize(name, NFKC)), '有限责任公司', '有限公司'), '[\s()\[\]<>《》“”"·•.,，。、\-省市区县]', '', 'g')
$$;

CREATE SEQUENCE case_serial;

CREATE TABLE cases (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  organ_id int NOT NULL REFERENCES organs (id),
  line text NOT NULL,
  county int,
  city int,
  province int,
  source_system text NOT NULL,
  source_id text NOT NULL,
  organ_number text,
  case_source text,
  cause text NOT NULL,
  filed_on date,
  act_end_date date,
  decision_number text,
  decided_on date,
  penalties text[] NOT NULL DEFAULT '{}',
  fine_amount numeric(18, 2),
  confiscated_amount numeric(18, 2),
  amount_involved numeric(18, 2),
  facts jsonb NOT NULL DEFAULT '{}',
  -- what the records of the party added when the case was last screened: `facts` (penalties counted, figures added
  -- up; screening reads them beside and before those stated), and how they came about
  party_record jsonb NOT NULL DEFAULT '{}',
  conclusion text NOT NULL CHECK (conclusion IN ('must_transfer', 'undetermined', 'near', 'not_reached')),
  charges text[] NOT NULL DEFAULT '{}',
  law_version text NOT NULL,
  reached_at timestamptz,
  -- why a case with a reached threshold is not transferred, as the organ recorded it
  not_transferred_reason text,
  generated boolean NOT NULL DEFAULT false,
  revision int NOT NULL DEFAULT 1,
  created_by int NOT NULL REFERENCES officers (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organ_id, source_system, source_id),
  UNIQUE (id, organ_id),
  CHECK (decided_on IS NULL OR filed_on IS NULL OR decided_on >= filed_on)
);
CREATE INDEX cases_by_organ ON cases (organ_id, id);
CREATE INDEX cases_by_county ON cases (county, id);
CREATE INDEX cases_by_city ON cases (city, id);
CREATE INDEX cases_by_province ON cases (province, id);
CREATE INDEX cases_by_line_and_city ON cases (line, city, id);
CREATE INDEX cases_by_line_and_province ON cases (line, province, id);
CREATE INDEX cases_reached_by_county ON cases (county, reached_at) WHERE conclusion = 'must_transfer';
CREATE INDEX cases_reached_by_city ON cases (city, reached_at) WHERE conclusion = 'must_transfer';
CREATE INDEX cases_reached_by_province ON cases (province, reached_at) WHERE conclusion = 'must_transfer';
CREATE INDEX cases_by_decision_number ON cases (decision_number) WHERE decision_number IS NOT NULL;

-- The area of a case is its organ's, whatever an insert says.
CREATE FUNCTION place_like_organ() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT o.line, o.county, o.city, o.province INTO STRICT NEW.line, NEW.county, NEW.city, NEW.province
    FROM organs o WHERE o.id = NEW.organ_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER place BEFORE INSERT OR UPDATE OF organ_id, line, county, city, province ON cases
  FOR EACH ROW EXECUTE FUNCTION place_like_organ();

CREATE TABLE case_details (
  case_id uuid PRIMARY KEY REFERENCES cases (id),
  summary text NOT NULL DEFAULT '',
  place text NOT NULL DEFAULT '',
  penalty_text text NOT NULL DEFAULT '',
  -- where a published real case was read: title, publisher, address
  published_source jsonb
);

CREATE TABLE parties (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES cases (id),
  position int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('person', 'unit', 'individual_business')),
  name text NOT NULL,
  name_pairs text[] GENERATED ALWAYS AS (character_pairs(name)) STORED,
  uscc text,
  legal_representative text,
  -- ID number and telephone: sealed (AES-GCM) with a keyed blind index, so a dump shows neither; the masked
  -- form is what everybody who sees the case may see (3205**********1234)
  id_number_sealed bytea,
  id_number_index bytea,
  id_number_masked text CHECK (id_number_masked ~ '^[0-9]{4}[*]{10}[0-9X]{4}$'),
  phone_sealed bytea,
  phone_masked text CHECK (phone_masked LIKE '%****%'),
  address text,
  UNIQUE (case_id, position)
);
-- The newest cases of a party come first, so that looking for duplicates costs the same however many it has.
CREATE INDEX parties_by_uscc ON parties (uscc, case_id DESC) WHERE uscc IS NOT NULL;
CREATE INDEX parties_by_id_number ON parties (id_number_index, case_id DESC) WHERE id_number_index IS NOT NULL;
CREATE INDEX parties_by_name ON parties (name, case_id DESC);
CREATE INDEX parties_by_words ON parties USING gin (name_pairs);
CREATE INDEX parties_by_folded_name ON parties (folded_name(name), case_id DESC);

-- What the machine concluded, from which facts and which law; added, never changed.
CREATE TABLE findings (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES cases (id),
  screened_at timestamptz NOT NULL DEFAULT now(),
  screened_for text NOT NULL CHECK (screened_for IN ('entry', 'facts_changed', 'law_changed')),
  law_version text NOT NULL,
  act_end_date date,
  decided_on date NOT NULL,
  facts jsonb NOT NULL,
  conclusion text NOT NULL,
  result jsonb NOT NULL
);
CREATE INDEX findings_by_case ON findings (case_id, id DESC);

-- What an officer concludes where the machine cannot, with reasons: reasonable suspicion below a threshold (合理
-- 嫌疑, 国务院令第730号修订 第三条第二款), or that the figures of several acts are to be added up. Never changed.
CREATE TABLE officer_findings (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES cases (id),
  kind text NOT NULL CHECK (kind IN ('suspicion', 'accumulation')),
  charge text NOT NULL,
  reasons text NOT NULL,
  officer_id int NOT NULL REFERENCES officers (id),
  officer_name text NOT NULL,
  found_at timestamptz NOT NULL,
  UNIQUE (case_id, kind, charge)
);

-- Penalties of the party that are not on the platform, as an officer knows them, with the source.
CREATE TABLE outside_penalties (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES cases (id),
  organ_name text NOT NULL,
  cause text NOT NULL,
  decided_on date NOT NULL,
  source text NOT NULL,
  added_by int NOT NULL REFERENCES officers (id),
  added_at timestamptz NOT NULL
);
CREATE INDEX outside_penalties_by_case ON outside_penalties (case_id);

-- To which other organ a case has been opened (by transfer, clue, prosecution), beyond its own line and area.
CREATE TABLE case_grants (
  case_id uuid NOT NULL,
  from_organ_id int NOT NULL,
  organ_id int NOT NULL REFERENCES organs (id),
  reason text NOT NULL CHECK (reason IN ('transfer', 'passed_on', 'prosecution', 'clue')),
  kind text NOT NULL,
  line text NOT NULL,
  county int,
  city int,
  province int,
  granted_by int NOT NULL REFERENCES officers (id),
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (case_id, organ_id),
  FOREIGN KEY (case_id, from_organ_id) REFERENCES cases (id, organ_id)
);
CREATE INDEX case_grants_by_organ ON case_grants (organ_id, granted_at DESC);
CREATE FUNCTION place_grant() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT o.kind, o.line, o.county, o.city, o.province
    INTO STRICT NEW.kind, NEW.line, NEW.county, NEW.city, NEW.province FROM organs o WHERE o.id = NEW.organ_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER place BEFORE INSERT ON case_grants FOR EACH ROW EXECUTE FUNCTION place_grant();

ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_details ENABLE ROW LEVEL SECURITY;
ALTER TABLE parties ENABLE ROW LEVEL SECURITY;
ALTER TABLE findings ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE officer_findings ENABLE ROW LEVEL SECURITY;
ALTER TABLE outside_penalties ENABLE ROW LEVEL SECURITY;

-- Policies ask these two in PL/pgSQL, which keeps the plan of its query: a sub-select in a policy is planned again
-- in every statement that names the table, and once more for each table whose policy looks at this one.
-- Whether another organ has opened the case to the acting one.
CREATE FUNCTION is_open_to_me(of_case uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN my_kind() IN ('police', 'court', 'tax', 'commission', 'enforcement')
    AND EXISTS (SELECT 1 FROM case_grants g WHERE g.case_id = of_case);
END
$$;

-- Whether the acting organ handles the case.
CREATE FUNCTION is_my_case(of_case uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN my_kind() = 'enforcement'
    AND EXISTS (SELECT 1 FROM cases c WHERE c.id = of_case AND c.organ_id = my_organ());
END
$$;

-- A grant is seen by its addressee, by the addressee's police superiors, and by who owns the case. No
-- sub-select stands in this policy: others refer to it, and PostgreSQL would call that a recursion.
CREATE POLICY read ON case_grants FOR SELECT TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator')
  AND (organ_id = my_organ() OR from_organ_id = my_organ()
    OR (kind = 'police' AND my_kind() = 'police' AND my_level() <> 'county'
      AND in_my_area(county, city, province))));
-- Granted by the organ that owns the case, or by one that may see it and passes it on.
CREATE POLICY add ON case_grants FOR INSERT TO xianjie_app WITH CHECK (
  granted_by = my_officer() AND my_kind() NOT IN ('', 'administrator', 'coordinating', 'supervising')
  AND (from_organ_id = my_organ() OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id)));

-- What was withdrawn before the police signed for it is theirs no longer.
CREATE POLICY withdraw ON case_grants FOR DELETE TO xianjie_app USING (
  from_organ_id = my_organ() AND my_kind() = 'enforcement' AND reason = 'transfer');

CREATE POLICY read ON cases FOR SELECT TO xianjie_app USING (
  may_see_case(organ_id, line, county, city, province) OR is_open_to_me(id));
CREATE POLICY add ON cases FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = (SELECT my_organ()) AND (SELECT my_kind()) = 'enforcement' AND created_by = (SELECT my_officer()));
CREATE POLICY change ON cases FOR UPDATE TO xianjie_app
  USING (organ_id = (SELECT my_organ()) AND (SELECT my_kind()) = 'enforcement')
  WITH CHECK (organ_id = (SELECT my_organ()) AND (SELECT my_kind()) = 'enforcement');
CREATE POLICY worker ON cases FOR ALL TO xianjie_worker USING (true) WITH CHECK (true);

-- A policy FOR ALL would be asked again by every read, so each act has its own.
CREATE POLICY read ON case_details FOR SELECT TO xianjie_app USING (
  my_kind() <> 'coordinating' AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY add ON case_details FOR INSERT TO xianjie_app WITH CHECK (is_my_case(case_id));
CREATE POLICY change ON case_details FOR UPDATE TO xianjie_app USING (is_my_case(case_id));
CREATE POLICY read ON parties FOR SELECT TO xianjie_app USING (
  my_kind() <> 'coordinating' AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY add ON parties FOR INSERT TO xianjie_app WITH CHECK (is_my_case(case_id));
CREATE POLICY change ON parties FOR UPDATE TO xianjie_app USING (is_my_case(case_id));
CREATE POLICY remove ON parties FOR DELETE TO xianjie_app USING (is_my_case(case_id));
CREATE POLICY read ON findings FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY add ON findings FOR INSERT TO xianjie_app WITH CHECK (is_my_case(case_id));
CREATE POLICY read ON officer_findings FOR SELECT TO xianjie_app USING (
  my_kind() <> 'coordinating' AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY add ON officer_findings FOR INSERT TO xianjie_app WITH CHECK (
  officer_id = my_officer() AND is_my_case(case_id));
CREATE POLICY read ON outside_penalties FOR SELECT TO xianjie_app USING (
  my_kind() <> 'coordinating' AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY add ON outside_penalties FOR INSERT TO xianjie_app WITH CHECK (
  added_by = my_officer() AND is_my_case(case_id));
CREATE POLICY worker ON findings FOR ALL TO xianjie_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON case_details FOR SELECT TO xianjie_worker USING (true);
-- Re-screening asks of parties only whether they are units.
CREATE POLICY worker ON parties FOR SELECT TO xianjie_worker USING (true);

CREATE POLICY of_case ON audit_events FOR SELECT TO xianjie_app USING (
  case_id IS NOT NULL AND (SELECT my_kind()) NOT IN ('', 'administrator', 'coordinating')
  AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));

-- Past the policies 1: other cases of the same parties, whichever organ has them. Takes a case that the actor
-- may see; gives organ, date, cause and amounts, never the file. `by_name`: only the name is alike, and one of
-- the two has no number that would tell.
CREATE FUNCTION accumulated_cases(of_case uuid)
  RETURNS TABLE (organ_name text, act_end_date date, decided_on date, cause text, amount_involved numeric,
    fine_amount numeric, conclusion text, same_organ boolean, by_name boolean)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT my_kind()) = 'coordinating' OR NOT EXISTS (
      SELECT 1 FROM cases c WHERE c.id = of_case AND (
        may_see_case(c.organ_id, c.line, c.county, c.city, c.province)
        OR ((SELECT my_kind()) IN ('police', 'court', 'tax', 'commission', 'enforcement') AND EXISTS (
          SELECT 1 FROM case_grants g WHERE g.case_id = c.id AND g.organ_id = (SELECT my_organ()))))) THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT DISTINCT ON (o.id) x.name, o.act_end_date, o.decided_on, o.cause, o.amount_involved, o.fine_amount,
        o.conclusion, o.organ_id = mine.organ_id, same.by_name
      FROM cases mine
      JOIN parties p ON p.case_id = mine.id
      CROSS JOIN LATERAL same_party(p.uscc, p.id_number_index, p.name) AS same
      JOIN cases o ON o.id = same.case_id AND o.id <> of_case
      JOIN organs x ON x.id = o.organ_id
      WHERE mine.id = of_case
      ORDER BY o.id DESC, same.by_name
      LIMIT 200;
END
$$;

-- The newest cases of a party by its numbers, and those of a party of the same name where a number is wanting.
CREATE FUNCTION same_party(party_uscc text, party_id_index bytea, party_name text)
  RETURNS TABLE (case_id uuid, by_name boolean)
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
    (SELECT q.case_id, false FROM parties q WHERE q.uscc = party_uscc ORDER BY q.case_id DESC LIMIT 200)
    UNION ALL (SELECT q.case_id, false FROM parties q WHERE q.id_number_index = party_id_index
      ORDER BY q.case_id DESC LIMIT 200)
    UNION ALL (SELECT q.case_id, true FROM parties q WHERE folded_name(q.name) = folded_name(party_name)
        AND (coalesce(party_uscc, '') = '' AND party_id_index IS NULL
          OR q.uscc IS NULL AND q.id_number_index IS NULL)
      ORDER BY q.case_id DESC LIMIT 50);
END
$$;

-- Past the policies 4: what the platform's records say of parties that an organ is about to screen: of each
-- decided case whether it was penalised, and when; of each undecided one the figures that are added up, as far as
-- `figures` names them. `place` is the asker's number of the case to be screened.
CREATE FUNCTION party_records(places int[], usccs text[], id_indexes bytea[], names text[], except_cases uuid[],
    figures text[])
  RETURNS TABLE (place int, organ_name text, cause text, act_end_date date, decided_on date, penalised boolean,
    facts jsonb, party_kinds text[], by_name boolean)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT my_kind()) IS DISTINCT FROM 'enforcement' THEN
    RETURN;
  END IF;
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
        SELECT 1 FROM transfers t WHERE t.case_id = o.id AND t.state IN ('judged', 'not_prosecuted', 'reversed'))
      ORDER BY f.place, o.id DESC;
END
$$;

-- Past the policies 5: the day from which the platform has records at all.
CREATE FUNCTION recorded_since() RETURNS date
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT (c.created_at AT TIME ZONE 'Asia/Shanghai')::date FROM cases c ORDER BY c.id LIMIT 1);
END
$$;

-- Both at once, by a plan that is kept: one row with nothing but the day where there are no records.
CREATE FUNCTION records_of(places int[], usccs text[], id_indexes bytea[], names text[], except_cases uuid[],
    figures text[])
  RETURNS TABLE (since date, place int, organ_name text, cause text, act_end_date date, decided_on date,
    penalised boolean, facts jsonb, party_kinds text[], by_name boolean)
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT s, r.* FROM recorded_since() AS s
    LEFT JOIN party_records(places, usccs, id_indexes, names, except_cases, figures) AS r ON true;
END
$$;

-- Past the policies 2: whether a case like this is already on the platform. Gives organ, date and which
-- signs agree, and the case's id only where the actor may open it. Looks at the newest 50 by each sign.
CREATE FUNCTION likely_duplicates(party_uscc text, party_id_index bytea, party_name text, number_of_decision text,
    date_of_decision date, amount numeric, except_case uuid)
  RETURNS TABLE (organ_name text, decided_on date, case_id uuid, agrees text[])
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT my_kind()) <> 'enforcement' THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT x.name, c.decided_on,
        CASE WHEN may_see_case(c.organ_id, c.line, c.county, c.city, c.province) THEN c.id END,
        array_remove(ARRAY[
          CASE WHEN c.decision_number = number_of_decision THEN 'decision_number' END,
          CASE WHEN c.decided_on = date_of_decision THEN 'decided_on' END,
          CASE WHEN c.amount_involved = amount THEN 'amount' END,
          CASE WHEN p.uscc = party_uscc OR p.id_number_index = party_id_index OR p.name = party_name
            THEN 'party' END], NULL)
      FROM (
        (SELECT q.case_id FROM parties q WHERE q.uscc = party_uscc ORDER BY q.case_id DESC LIMIT 50)
        UNION (SELECT q.case_id FROM parties q WHERE q.id_number_index = party_id_index
          ORDER BY q.case_id DESC LIMIT 50)
        UNION (SELECT q.case_id FROM parties q WHERE q.name = party_name ORDER BY q.case_id DESC LIMIT 50)
        UNION (SELECT k.id FROM cases k WHERE k.decision_number = number_of_decision LIMIT 50)
      ) AS candidates
      JOIN cases c ON c.id = candidates.case_id
      JOIN organs x ON x.id = c.organ_id
      JOIN parties p ON p.case_id = c.id AND p.position = 1
      WHERE c.id IS DISTINCT FROM except_case
        AND coalesce((c.decision_number = number_of_decision)::int, 0) * 2 + coalesce((c.decided_on = date_of_decision)::int, 0)
          + coalesce((c.amount_involved = amount)::int, 0)
          + coalesce((p.uscc = party_uscc OR p.id_number_index = party_id_index OR p.name = party_name)::int, 0)
          >= 2
      ORDER BY c.id DESC
      LIMIT 20;
END
$$;

-- For each of these cases, what is like it by its first party, number, date and amount.
CREATE FUNCTION alike(new_cases uuid[]) RETURNS TABLE (id uuid, found json)
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
    SELECT k.id, (SELECT coalesce(json_agg(d), '[]') FROM likely_duplicates(p.uscc, p.id_number_index, p.name,
        k.decision_number, k.decided_on, k.amount_involved, k.id) d)
      FROM cases k JOIN parties p ON p.case_id = k.id AND p.position = 1
      WHERE k.id = ANY (new_cases);
END
$$;

-- For each source and its id in turn: the case of the acting organ that is there already, else the next serial.
CREATE FUNCTION places_of(systems text[], ids text[]) RETURNS TABLE (existing uuid, serial bigint)
  LANGUAGE plpgsql SECURITY INVOKER SET search_path = public, pg_temp
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY
    SELECT c.id, CASE WHEN c.id IS NULL THEN nextval('case_serial') END
      FROM unnest(systems, ids) WITH ORDINALITY AS asked (system, id, place)
      LEFT JOIN cases c ON c.organ_id = my_organ() AND c.source_system = asked.system
        AND c.source_id = asked.id
      ORDER BY asked.place;
END
$$;

-- Past the policies 3: search by words in party names or by number, within what the actor may see. The
-- condition `@>` on an array may not use its index under row security; here it may, and the same
-- visibility stands in the query.
CREATE FUNCTION search_cases(words text, most int)
  RETURNS TABLE (case_id uuid)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT c.id FROM (
      SELECT q.case_id FROM parties q WHERE (SELECT my_kind()) <> 'coordinating' AND length(words) >= 2
          AND q.name_pairs @> character_pairs(words) AND position(words IN q.name) > 0
      UNION SELECT k.id FROM cases k WHERE k.number = words
      UNION SELECT k.id FROM cases k WHERE k.decision_number = words
    ) AS candidates
    JOIN cases c ON c.id = candidates.case_id
    WHERE may_see_case(c.organ_id, c.line, c.county, c.city, c.province)
      OR ((SELECT my_kind()) IN ('police', 'court', 'tax', 'commission', 'enforcement') AND EXISTS (
        SELECT 1 FROM case_grants g WHERE g.case_id = c.id AND (g.organ_id = (SELECT my_organ())
          OR ((SELECT my_kind()) = 'police' AND (SELECT my_level()) <> 'county' AND g.kind = 'police'
            AND in_my_area(g.county, g.city, g.province)))))
    ORDER BY c.id DESC
    LIMIT least(most, 1000);
END
$$;

-- One case as it is read, as JSON: money as text in 元; what the actor may not see is not in it (the policies
-- of each table decide), and a case that the actor may not see is NULL.
CREATE FUNCTION case_json(of_case uuid) RETURNS json
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT json_build_object(
      'id', c.id, 'number', c.number, 'revision', c.revision,
      'organ', json_build_object('id', o.id, 'code', o.code, 'name', o.name),
      'source_system', c.source_system, 'source_id', c.source_id, 'organ_number', c.organ_number,
      'case_source', c.case_source, 'cause', c.cause, 'filed_on', c.filed_on, 'act_end_date', c.act_end_date,
      'decision_number', c.decision_number, 'decided_on', c.decided_on, 'penalties', c.penalties,
      'fine_amount', c.fine_amount::text, 'confiscated_amount', c.confiscated_amount::text,
      'amount_involved', c.amount_involved::text, 'facts', c.facts,
      'summary', d.summary, 'place', d.place, 'penalty_text', d.penalty_text,
      'published_source', d.published_source,
      'conclusion', c.conclusion, 'charges', c.charges, 'law_version', c.law_version,
      'reached_at', c.reached_at, 'not_transferred_reason', c.not_transferred_reason,
      'officer_findings', (
        SELECT coalesce(json_agg(json_build_object('kind', j.kind, 'charge', j.charge, 'reasons', j.reasons,
            'officer_name', j.officer_name, 'found_at', j.found_at) ORDER BY j.id), '[]')
          FROM officer_findings j WHERE j.case_id = c.id),
      'outside_penalties', (
        SELECT coalesce(json_agg(json_build_object('organ_name', y.organ_name, 'cause', y.cause,
            'decided_on', y.decided_on, 'source', y.source, 'added_at', y.added_at) ORDER BY y.id), '[]')
          FROM outside_penalties y WHERE y.case_id = c.id),
      'generated', c.generated, 'created_at', c.created_at, 'updated_at', c.updated_at,
      'parties', (
        SELECT coalesce(json_agg(json_build_object('position', p.position, 'kind', p.kind, 'name', p.name,
            'uscc', p.uscc, 'id_number', p.id_number_masked, 'phone', p.phone_masked,
            'legal_representative', p.legal_representative, 'address', p.address) ORDER BY p.position), '[]')
          FROM parties p WHERE p.case_id = c.id),
      'screening', (
        SELECT json_build_object('id', f.id, 'screened_at', f.screened_at, 'screened_for', f.screened_for,
            'law_version', f.law_version, 'act_end_date', f.act_end_date, 'decided_on', f.decided_on,
            'facts', f.facts, 'conclusion', f.conclusion, 'result', f.result)
          FROM findings f WHERE f.case_id = c.id ORDER BY f.id DESC LIMIT 1),
      'clocks', (
        SELECT coalesce(json_agg(json_build_object('id', k.id, 'clock', k.clock, 'holder_organ', h.name,
            'transfer_id', k.transfer_id, 'started_at', k.started_at, 'due_at', k.due_at,
            'provisional', k.provisional, 'stopped_at', k.stopped_at, 'reasons', k.reasons) ORDER BY k.id), '[]')
          FROM clocks k JOIN organs h ON h.id = k.holder_organ_id WHERE k.case_id = c.id),
      'transfer', (
        SELECT json_build_object('id', t.id, 'number', t.number, 'charge', t.charge, 'state', t.state,
            'opened_at', t.opened_at, 'sent_at', t.sent_at, 'closed_at', t.closed_at)
          FROM transfers t WHERE t.case_id = c.id ORDER BY t.id DESC LIMIT 1))
      FROM cases c
      JOIN organs o ON o.id = c.organ_id
      LEFT JOIN case_details d ON d.case_id = c.id
      WHERE c.id = of_case);
END
$$;

-- Hot: who acts and one case, in one round trip.
CREATE FUNCTION read_case(officer int, of_case uuid) RETURNS json
  LANGUAGE plpgsql SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM act_as(officer);
  RETURN case_json(of_case);
END
$$;

-- The lines of a list as JSON, and the cursor to the next page. `ids` has one more than `most` where there is a
-- next page. Apart from the choice of the ids, so that this, the larger part, is planned once.
CREATE FUNCTION page_json(ids uuid[], most int) RETURNS json
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT json_build_object(
      'items', coalesce(json_agg(json_build_object(
        'id', c.id, 'number', c.number, 'revision', c.revision,
        'organ', json_build_object('id', o.id, 'code', o.code, 'name', o.name),
        'party', (SELECT p.name FROM parties p WHERE p.case_id = c.id AND p.position = 1),
        'cause', c.cause, 'organ_number', c.organ_number, 'decision_number', c.decision_number,
        'filed_on', c.filed_on, 'act_end_date', c.act_end_date, 'decided_on', c.decided_on,
        'fine_amount', c.fine_amount::text, 'amount_involved', c.amount_involved::text,
        'conclusion', c.conclusion, 'charges', c.charges, 'reached_at', c.reached_at,
        'not_transferred_reason', c.not_transferred_reason, 'generated', c.generated,
        'transfer_state', (SELECT t.state FROM transfers t WHERE t.case_id = c.id ORDER BY t.id DESC LIMIT 1),
        'created_at', c.created_at) ORDER BY c.id DESC), '[]'),
      'next_cursor', CASE WHEN cardinality(ids) > most THEN
        translate(encode(convert_to(ids[most]::text, 'UTF8'), 'base64'), '+/', '-_') END)
      FROM cases c JOIN organs o ON o.id = c.organ_id WHERE c.id = ANY (ids[:most]));
END
$$;

-- The condition by which a list finds what the acting organ sees: the policy decides, this uses the index.
-- `opened` lists what other organs have opened to the acting one.
CREATE FUNCTION my_cases_condition(opened boolean) RETURNS text
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
DECLARE
  kind text := my_kind();
  level text := my_level();
  area text;
BEGIN
  IF opened OR kind NOT IN ('enforcement', 'procuratorate', 'coordinating', 'supervising') THEN
    RETURN CASE WHEN kind = 'police' AND level <> 'county'
      THEN 'c.id IN (SELECT g.case_id FROM case_grants g WHERE g.from_organ_id <> my_organ())'
      ELSE 'c.id IN (SELECT g.case_id FROM case_grants g WHERE g.organ_id = my_organ())' END;
  ELSIF kind = 'enforcement' AND level = 'county' THEN
    RETURN 'c.organ_id = my_organ()';
  END IF;
  area := CASE level WHEN 'county' THEN 'c.county = my_area()' WHEN 'city' THEN 'c.city = my_area()'
    WHEN 'province' THEN 'c.province = my_area()' ELSE 'true' END;
  RETURN CASE kind WHEN 'enforcement' THEN area || ' AND c.line = my_line()' ELSE area END;
END
$$;

-- The ids of a page without filters, NULL where `condition` is none of those below. The plan is kept; since it is
-- then made for any actor, the statements are written, and sorting is forbidden, so that only the fitting index
-- gives the order: who asks for a small organ's cases must not walk through everybody's.
CREATE FUNCTION plain_page_ids(condition text, before uuid, most int) RETURNS uuid[]
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp
  SET plan_cache_mode = force_generic_plan SET enable_sort = off SET enable_incremental_sort = off AS $$
BEGIN
  CASE condition
    WHEN 'c.organ_id = my_organ()' THEN
      RETURN ARRAY(SELECT c.id FROM cases c
        WHERE c.organ_id >= my_organ() AND (c.organ_id, c.id) < (my_organ(), before)
        ORDER BY c.organ_id DESC, c.id DESC LIMIT most + 1);
    WHEN 'c.county = my_area()' THEN
      RETURN ARRAY(SELECT c.id FROM cases c
        WHERE c.county >= my_area() AND (c.county, c.id) < (my_area(), before)
        ORDER BY c.county DESC, c.id DESC LIMIT most + 1);
    WHEN 'c.city = my_area()' THEN
      RETURN ARRAY(SELECT c.id FROM cases c
        WHERE c.city >= my_area() AND (c.city, c.id) < (my_area(), before)
        ORDER BY c.city DESC, c.id DESC LIMIT most + 1);
    WHEN 'c.city = my_area() AND c.line = my_line()' THEN
      RETURN ARRAY(SELECT c.id FROM cases c
        WHERE c.city >= my_area() AND (c.city, c.id) < (my_area(), before) AND c.line = my_line()
        ORDER BY c.city DESC, c.id DESC LIMIT most + 1);
    WHEN 'c.province = my_area()' THEN
      RETURN ARRAY(SELECT c.id FROM cases c
        WHERE c.province >= my_area() AND (c.province, c.id) < (my_area(), before)
        ORDER BY c.province DESC, c.id DESC LIMIT most + 1);
    WHEN 'c.province = my_area() AND c.line = my_line()' THEN
      RETURN ARRAY(SELECT c.id FROM cases c
        WHERE c.province >= my_area() AND (c.province, c.id) < (my_area(), before) AND c.line = my_line()
        ORDER BY c.province DESC, c.id DESC LIMIT most + 1);
    ELSE RETURN NULL;
  END CASE;
END
$$;

-- The ids of one page of the list, newest first. `asked` has the filters by name; only those that are present
-- become conditions, so that each list uses the index that fits it.
CREATE FUNCTION page_ids(asked jsonb, after uuid, most int) RETURNS uuid[]
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
DECLARE
  condition text := my_cases_condition(coalesce((asked ->> 'opened')::boolean, false));
  before uuid := coalesce(after, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  ids uuid[];
BEGIN
  IF asked = '{}' THEN
    ids := plain_page_ids(condition, before, most);
    IF ids IS NOT NULL THEN
      RETURN ids;
    END IF;
  END IF;
  SELECT concat_ws(' AND ', condition,
      CASE WHEN asked ? 'q' THEN 'c.id = ANY (ARRAY(SELECT s.case_id FROM search_cases($1 ->> ''q'', 1000) s))' END,
      CASE WHEN asked ? 'conclusion' THEN 'c.conclusion = $1 ->> ''conclusion''' END,
      CASE WHEN asked ? 'cause' THEN 'c.cause = $1 ->> ''cause''' END,
      CASE WHEN asked ? 'charge' THEN '$1 ->> ''charge'' = ANY (c.charges)' END,
      CASE WHEN asked ? 'organ_id' THEN 'c.organ_id = ($1 ->> ''organ_id'')::int' END,
      CASE WHEN asked ? 'county' THEN 'c.county = ($1 ->> ''county'')::int' END,
      CASE WHEN asked ? 'city' THEN 'c.city = ($1 ->> ''city'')::int' END,
      CASE WHEN asked ? 'province' THEN 'c.province = ($1 ->> ''province'')::int' END,
      CASE WHEN asked ? 'decided_from' THEN 'c.decided_on >= ($1 ->> ''decided_from'')::date' END,
      CASE WHEN asked ? 'decided_to' THEN 'c.decided_on <= ($1 ->> ''decided_to'')::date' END,
      CASE asked ->> 'transferred'
        WHEN 'true' THEN 'EXISTS (SELECT 1 FROM transfers t WHERE t.case_id = c.id AND t.sent_at IS NOT NULL)'
        WHEN 'false' THEN 'NOT EXISTS (SELECT 1 FROM transfers t WHERE t.case_id = c.id AND t.sent_at IS NOT NULL)'
      END)
    INTO condition;
  EXECUTE 'SELECT ARRAY(SELECT c.id FROM cases c WHERE ' || condition
      || ' AND c.id < $2 ORDER BY c.id DESC LIMIT $3 + 1)'
    INTO ids USING asked, before, most;
  RETURN ids;
END
$$;

-- Hot: who acts and one page of the list, in one round trip.
CREATE FUNCTION read_cases(officer int, asked jsonb, after uuid, most int) RETURNS json
  LANGUAGE plpgsql SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM act_as(officer);
  RETURN page_json(page_ids(asked, after, most), most);
END
$$;

GRANT EXECUTE ON FUNCTION case_json(uuid), read_case(int, uuid), page_json(uuid[], int),
  my_cases_condition(boolean), plain_page_ids(text, uuid, int), page_ids(jsonb, uuid, int), read_cases(int, jsonb, uuid, int) TO xianjie_app;
GRANT EXECUTE ON FUNCTION is_open_to_me(uuid), is_my_case(uuid), character_pairs(text), place_like_organ(), place_grant() TO xianjie_app, xianjie_worker;
GRANT EXECUTE ON FUNCTION alike(uuid[]), places_of(text[], text[]), accumulated_cases(uuid),
  party_records(int[], text[], bytea[], text[], uuid[], text[]), recorded_since(),
  records_of(int[], text[], bytea[], text[], uuid[], text[]), folded_name(text),
  likely_duplicates(text, bytea, text, text, date, numeric, uuid), search_cases(text, int) TO xianjie_app;
GRANT USAGE ON SEQUENCE case_serial TO xianjie_app;
GRANT SELECT, INSERT, UPDATE ON cases, case_details TO xianjie_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON parties TO xianjie_app;
GRANT SELECT, INSERT ON findings, case_grants, officer_findings, outside_penalties TO xianjie_app;
GRANT DELETE ON case_grants TO xianjie_app;
GRANT SELECT, UPDATE ON cases TO xianjie_worker;
GRANT SELECT, INSERT ON findings TO xianjie_worker;
GRANT SELECT (case_id, kind) ON parties TO xianjie_worker;
