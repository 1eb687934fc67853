-- Full-text search over cases, parties, transfers and clues, and the searches that an officer keeps.
-- PostgreSQL may not use the index of `@@` under row security (the operator is not leakproof), so the words stand in
-- a table that no role reads; one function past the policies, search_ids(), says which rows fit, by the visibility
-- of the policies, and the rows themselves are then read under the policies.

-- The words of a text: overlapping pairs of Chinese characters (the last one of a run by itself), whole runs of
-- letters and digits; each with the mark of the field, so that one index serves all fields.
CREATE FUNCTION search_words(field text, value text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(ARRAY(
      SELECT field || one || CASE WHEN octet_length(next) > 1 THEN next ELSE '' END
        FROM (SELECT one, lead(one) OVER () AS next FROM string_to_table(folded, NULL) AS one) AS pairs
        WHERE octet_length(one) > 1)
      || ARRAY(SELECT field || run[1] FROM regexp_matches(folded, '[a-z0-9]{1,40}', 'g') AS run))
    FROM translate(lower(normalize(value, NFKC)), '、。〈〉《》「」『』【】〔〕·“”‘’…—　',
      '                      ') AS folded
$$;

-- What a word asks of one field: all its pairs and runs; a single character by prefix.
CREATE FUNCTION search_query(field text, word text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(string_agg(quote_literal(one) || ':*', ' & '), '')::tsquery
    FROM (SELECT found, bool_and(length(found) = 2 AND found !~ '[a-z0-9]$') OVER () AS single
      FROM unnest(tsvector_to_array(search_words(field, word))) AS found) AS asked (one, single)
    WHERE single OR length(one) > 2 OR one ~ '[a-z0-9]$'
$$;

-- `n`: numbers, which the coordinating office may read too; `t`: narrative; `p`: parties; `k…` a cause, `h…` a
-- charge; `=…` the organ and areas of a case or transfer.
CREATE TABLE search_entries (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('case', 'transfer', 'clue')),
  words tsvector NOT NULL
);
CREATE INDEX search_entries_by_words ON search_entries USING gin (words);
ALTER TABLE search_entries ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION search_place(organ int, county int, city int, province int) RETURNS tsvector
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(array_remove(ARRAY['=o' || organ, '=c' || county, '=y' || city, '=p' || province], NULL))
$$;

-- The entries of these cases and of their transfers, made anew.
CREATE FUNCTION enter_cases_for_search(changed uuid[]) RETURNS void
  LANGUAGE plpgsql SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  WITH named AS MATERIALIZED (
    SELECT p.case_id, string_agg(concat_ws(' ', p.name, p.legal_representative, p.uscc), ' ') AS names,
        array_agg('i' || encode(p.id_number_index, 'hex')) FILTER (WHERE p.id_number_index IS NOT NULL) AS numbers
      FROM parties p WHERE p.case_id = ANY (changed) GROUP BY p.case_id
  ), party_words AS MATERIALIZED (
    SELECT n.case_id, search_words('p', n.names) || array_to_tsvector(coalesce(n.numbers, '{}')) AS words FROM named n
  )
  INSERT INTO search_entries (id, kind, words)
    SELECT c.id, 'case', search_words('n', concat_ws(' ', c.number, c.organ_number, c.decision_number))
        || search_words('t', coalesce(d.summary, '')) || coalesce(w.words, '')
        || array_to_tsvector(ARRAY['k' || c.cause])
        || search_place(c.organ_id, c.county, c.city, c.province)
      FROM cases c LEFT JOIN case_details d ON d.case_id = c.id LEFT JOIN party_words w ON w.case_id = c.id
      WHERE c.id = ANY (changed)
    UNION ALL
    SELECT t.id, 'transfer', search_words('n', t.number) || coalesce(w.words, '')
        || array_to_tsvector(ARRAY['h' || t.charge])
        || search_place(t.organ_id, t.county, t.city, t.province)
      FROM transfers t LEFT JOIN party_words w ON w.case_id = t.case_id
      WHERE t.case_id = ANY (changed)
    ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE search_entries.words <> excluded.words;
END
$$;

CREATE FUNCTION enter_clues_for_search(changed uuid[]) RETURNS void
  LANGUAGE plpgsql SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO search_entries (id, kind, words)
    SELECT c.id, 'clue', search_words('n', coalesce(c.number, '')) || search_words('t', c.subject)
        || search_words('p', coalesce(c.party_name, ''))
      FROM clues c WHERE c.id = ANY (changed)
    ON CONFLICT (id) DO UPDATE SET words = excluded.words;
END
$$;

-- Kept within the transaction that writes. A case is entered with its parties, which come last: they make its entry.
CREATE FUNCTION parties_entered() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM enter_cases_for_search(ARRAY(SELECT DISTINCT case_id FROM entered));
  RETURN NULL;
END
$$;
CREATE FUNCTION case_changed_for_search() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM enter_cases_for_search(ARRAY[NEW.id]);
  RETURN NULL;
END
$$;
CREATE FUNCTION case_part_changed_for_search() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM enter_cases_for_search(ARRAY[NEW.case_id]);
  RETURN NULL;
END
$$;
CREATE FUNCTION clue_changed_for_search() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM enter_clues_for_search(ARRAY[NEW.id]);
  RETURN NULL;
END
$$;
CREATE TRIGGER search_entered AFTER INSERT ON parties REFERENCING NEW TABLE AS entered
  FOR EACH STATEMENT EXECUTE FUNCTION parties_entered();
CREATE TRIGGER search_changed AFTER UPDATE OF name, legal_representative, uscc, id_number_index ON parties
  FOR EACH ROW EXECUTE FUNCTION case_part_changed_for_search();
CREATE TRIGGER search_changed AFTER UPDATE ON cases FOR EACH ROW
  WHEN ((OLD.number, OLD.organ_number, OLD.decision_number, OLD.cause, OLD.organ_id)
    IS DISTINCT FROM (NEW.number, NEW.organ_number, NEW.decision_number, NEW.cause, NEW.organ_id))
  EXECUTE FUNCTION case_changed_for_search();
CREATE TRIGGER search_changed AFTER UPDATE ON case_details FOR EACH ROW
  WHEN (OLD.summary IS DISTINCT FROM NEW.summary) EXECUTE FUNCTION case_part_changed_for_search();
CREATE TRIGGER search_entered AFTER INSERT ON transfers
  FOR EACH ROW EXECUTE FUNCTION case_part_changed_for_search();
CREATE TRIGGER search_changed AFTER UPDATE ON transfers FOR EACH ROW
  WHEN ((OLD.number, OLD.charge, OLD.organ_id) IS DISTINCT FROM (NEW.number, NEW.charge, NEW.organ_id))
  EXECUTE FUNCTION case_part_changed_for_search();
CREATE TRIGGER search_entered AFTER INSERT ON clues FOR EACH ROW EXECUTE FUNCTION clue_changed_for_search();
CREATE TRIGGER search_changed AFTER UPDATE ON clues FOR EACH ROW
  WHEN ((OLD.number, OLD.subject, OLD.party_name) IS DISTINCT FROM (NEW.number, NEW.subject, NEW.party_name))
  EXECUTE FUNCTION clue_changed_for_search();

-- What each word asks: that one of the fields has it. `words` is [{text, causes, charges, id_number_index}];
-- `fields` are those in which the actor may look.
CREATE FUNCTION search_condition(words jsonb, fields text) RETURNS tsquery
  LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  word jsonb;
  place text;
  any_field tsquery;
  part tsquery;
  whole tsquery;
BEGIN
  FOR word IN SELECT * FROM jsonb_array_elements(words) LOOP
    any_field := ''::tsquery;
    FOREACH place IN ARRAY string_to_array(fields, NULL) LOOP
      part := CASE place
        WHEN 'k' THEN (SELECT string_agg(quote_literal('k' || one), ' | ')
          FROM jsonb_array_elements_text(word -> 'causes') AS one)::tsquery
        WHEN 'h' THEN (SELECT string_agg(quote_literal('h' || one), ' | ')
          FROM jsonb_array_elements_text(word -> 'charges') AS one)::tsquery
        WHEN 'i' THEN quote_literal('i' || (word ->> 'id_number_index'))::tsquery
        ELSE search_query(place, word ->> 'text') END;
      any_field := CASE WHEN numnode(any_field) = 0 THEN coalesce(part, '') WHEN numnode(part) > 0
        THEN any_field || part ELSE any_field END;
    END LOOP;
    whole := CASE WHEN whole IS NULL THEN any_field ELSE whole && any_field END;
    IF numnode(any_field) = 0 THEN
      RETURN ''::tsquery;
    END IF;
  END LOOP;
  RETURN whole;
END
$$;

-- Past the policies: which cases, transfers and clues fit, newest first, within what the actor may see. `asked` has
-- `words`, and by name those filters that are set. The statement is composed and so planned for what is asked:
-- rare words go by the index, common ones by the newest rows.
CREATE FUNCTION search_ids(asked jsonb, after uuid, most int) RETURNS TABLE (kind text, id uuid)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me text := my_kind();
  fields text := CASE WHEN me = 'coordinating' THEN 'nkh' WHEN asked ->> 'kind' = 'party' THEN 'pi' ELSE 'ntpkhi' END;
  wanted text := coalesce(asked ->> 'kind', 'all');
  condition tsquery := search_condition(asked -> 'words', fields);
  numbers tsquery := search_condition(asked -> 'words', 'nkh');
  scope tsquery := ('''' || CASE WHEN me = 'enforcement' AND my_level() = 'county' THEN '=o' || my_organ()
    ELSE CASE my_level() WHEN 'county' THEN '=c' WHEN 'city' THEN '=y' WHEN 'province' THEN '=p' END || my_area()
    END || '''')::tsquery;
  near tsquery := CASE WHEN scope IS NULL THEN condition ELSE condition && scope END;
  before uuid := coalesce(after, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  organ text := CASE WHEN asked ? 'organ_id' THEN ' AND x.organ_id = ($4 ->> ''organ_id'')::int' ELSE '' END;
  cases_asked text := organ || CASE WHEN asked ? 'cause' THEN ' AND x.cause = $4 ->> ''cause''' ELSE '' END
    || CASE WHEN asked ? 'charge' THEN ' AND $4 ->> ''charge'' = ANY (x.charges)' ELSE '' END
    || CASE WHEN asked ? 'state' THEN ' AND x.conclusion = $4 ->> ''state''' ELSE '' END
    || CASE WHEN asked ? 'date_from' THEN ' AND coalesce(x.decided_on, x.filed_on) >= ($4 ->> ''date_from'')::date' ELSE '' END
    || CASE WHEN asked ? 'date_to' THEN ' AND coalesce(x.decided_on, x.filed_on) <= ($4 ->> ''date_to'')::date' ELSE '' END;
  acts_asked text := CASE WHEN asked ? 'state' THEN ' AND x.state = $4 ->> ''state''' ELSE '' END
    || CASE WHEN asked ? 'date_from' THEN
      ' AND x.%1$s >= ($4 ->> ''date_from'')::date::timestamp AT TIME ZONE ''Asia/Shanghai''' ELSE '' END
    || CASE WHEN asked ? 'date_to' THEN
      ' AND x.%1$s < (($4 ->> ''date_to'')::date + 1)::timestamp AT TIME ZONE ''Asia/Shanghai''' ELSE '' END;
  transfers_asked text := organ || format(acts_asked, 'opened_at')
    || CASE WHEN asked ? 'charge' THEN ' AND x.charge = $4 ->> ''charge''' ELSE '' END
    || CASE WHEN asked ? 'cause' THEN
      ' AND EXISTS (SELECT 1 FROM cases c WHERE c.id = x.case_id AND c.cause = $4 ->> ''cause'')' ELSE '' END;
  found text := 'SELECT e.kind, e.id FROM search_entries e JOIN %s x ON x.id = e.id WHERE e.kind = %L AND e.id < $3'
    || ' AND e.words @@ %s AND %s%s ORDER BY e.id DESC LIMIT $5';
  opened text := 'SELECT g.case_id FROM case_grants g WHERE g.organ_id = my_organ()'
    || CASE WHEN me = 'police' AND my_level() <> 'county'
      THEN ' OR g.kind = ''police'' AND in_my_area(g.county, g.city, g.province)' ELSE '' END;
  branches text[] := '{}';
BEGIN
  IF me IN ('', 'administrator') OR numnode(condition) = 0 OR (me = 'coordinating' AND wanted = 'party') THEN
    RETURN;
  END IF;
  IF wanted IN ('all', 'case', 'party') THEN
    IF me IN ('enforcement', 'procuratorate', 'coordinating', 'supervising') THEN
      branches := branches || format(found, 'cases', 'case', '$2',
        'may_see_case(x.organ_id, x.line, x.county, x.city, x.province)', cases_asked);
    END IF;
    IF me IN ('police', 'court', 'tax', 'commission', 'enforcement', 'procuratorate') THEN
      branches := branches || format(found, 'cases', 'case', '$1',
        'x.id IN (' || opened || ')', cases_asked);
    END IF;
  END IF;
  IF wanted IN ('all', 'transfer') THEN
    IF me IN ('enforcement', 'procuratorate', 'coordinating', 'supervising') THEN
      branches := branches || format(found, 'transfers', 'transfer', '$2',
        'may_see_case(x.organ_id, x.line, x.county, x.city, x.province)', transfers_asked);
    END IF;
    IF me IN ('police', 'procuratorate', 'court') THEN
      branches := branches || format(found, 'transfers', 'transfer', '$1', CASE
        WHEN me = 'procuratorate' THEN 'x.procuratorate_organ_id = my_organ()'
        WHEN me = 'court' THEN 'x.court_organ_id = my_organ()'
        ELSE '(x.police_organ_id = my_organ() OR my_organ() = ANY (x.police_past)'
          || CASE my_level() WHEN 'city' THEN ' OR x.police_city = my_area()'
            WHEN 'province' THEN ' OR x.police_province = my_area()'
            WHEN 'nation' THEN ' OR x.police_organ_id IS NOT NULL' ELSE '' END || ')' END
        -- by its parties only where the case is open too
        || ' AND (e.words @@ $6 OR x.case_id IN (' || opened || '))', transfers_asked);
    END IF;
  END IF;
  -- a clue has neither cause nor charge
  IF wanted IN ('all', 'clue') AND NOT asked ?| ARRAY['cause', 'charge'] THEN
    branches := branches || format(found, 'clues', 'clue', '$1', $clue$(
        (NOT x.duty AND (x.from_organ_id = my_organ()
          OR (x.sent_at IS NOT NULL AND (x.to_organ_id = my_organ() OR my_organ() = ANY (x.past_organs)))
          OR (x.sent_at IS NOT NULL AND my_kind() IN ('enforcement', 'police') AND my_level() <> 'county'
            AND x.line = my_line() AND in_my_area(x.county, x.city, x.province))))
        OR (x.duty AND (x.from_officer_id = my_officer() OR (x.from_organ_id = my_organ() AND has_role('head'))
          OR (x.sent_at IS NOT NULL AND EXISTS (
            SELECT 1 FROM clue_officers n WHERE n.clue_id = x.id AND n.officer_id = my_officer())))))$clue$,
      format(acts_asked, 'created_at') || replace(organ, 'x.organ_id', 'x.from_organ_id'));
  END IF;
  IF branches = '{}' THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE 'SELECT * FROM ((' || array_to_string(branches, ') UNION (') || ')) AS found ORDER BY 2 DESC LIMIT $5'
    USING condition, near, before, asked, most, numbers;
END
$$;

-- A search that an officer keeps under a name, to be asked again.
CREATE TABLE saved_searches (
  id uuid PRIMARY KEY,
  officer_id int NOT NULL REFERENCES officers (id),
  name text NOT NULL,
  asked jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (officer_id, name)
);
ALTER TABLE saved_searches ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON saved_searches FOR ALL TO xianjie_app
  USING (officer_id = (SELECT my_officer()) AND (SELECT my_kind()) <> 'administrator')
  WITH CHECK (officer_id = (SELECT my_officer()) AND (SELECT my_kind()) <> 'administrator');

SELECT enter_cases_for_search(ARRAY(SELECT id FROM cases));
SELECT enter_clues_for_search(ARRAY(SELECT id FROM clues));

GRANT EXECUTE ON FUNCTION search_ids(jsonb, uuid, int) TO xianjie_app;
GRANT SELECT, INSERT, DELETE ON saved_searches TO xianjie_app;
