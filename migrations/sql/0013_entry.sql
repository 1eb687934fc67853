-- Whole cases, and events, written by one statement each: what a statement costs the server that sends it is more
-- than what its row costs the database. The rows come as JSON; the tables' policies are asked as for plain inserts.

CREATE FUNCTION store_cases(new jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO cases (id, number, organ_id, line, source_system, source_id, organ_number, case_source, cause,
      filed_on, act_end_date, decision_number, decided_on, penalties, fine_amount, confiscated_amount,
      amount_involved, facts, party_record, conclusion, charges, law_version, reached_at, generated, created_by,
      created_at, updated_at)
    SELECT id, number, organ_id, '', source_system, source_id, organ_number, case_source, cause, filed_on,
      act_end_date, decision_number, decided_on, penalties, fine_amount, confiscated_amount, amount_involved,
      facts, party_record, conclusion, charges, law_version, reached_at, generated, created_by, created_at,
      created_at
    FROM jsonb_populate_recordset(NULL::cases, new -> 'cases');
  INSERT INTO case_details (case_id, summary, place, penalty_text, published_source)
    SELECT case_id, summary, place, penalty_text, published_source
    FROM jsonb_populate_recordset(NULL::case_details, new -> 'case_details');
  INSERT INTO parties (id, case_id, position, kind, name, uscc, legal_representative, id_number_sealed,
      id_number_index, id_number_masked, phone_sealed, phone_masked, address)
    SELECT id, case_id, position, kind, name, uscc, legal_representative, id_number_sealed, id_number_index,
      id_number_masked, phone_sealed, phone_masked, address
    FROM jsonb_populate_recordset(NULL::parties, new -> 'parties');
  INSERT INTO findings (id, case_id, screened_at, screened_for, law_version, act_end_date, decided_on, facts,
      conclusion, result)
    SELECT id, case_id, screened_at, screened_for, law_version, act_end_date, decided_on, facts, conclusion, result
    FROM jsonb_populate_recordset(NULL::findings, new -> 'findings');
END
$$;

CREATE FUNCTION record_event(event jsonb, event_changes jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY INVOKER SET search_path = public, pg_temp AS $$
DECLARE
  new audit_events := jsonb_populate_record(NULL::audit_events, event);
BEGIN
  INSERT INTO audit_events (id, at, officer_id, organ_id, officer_name, organ_name, roles, address, action,
      subject_kind, subject_id, case_id, transfer_id, clue_id, restricted, internal_to)
    VALUES (new.id, new.at, new.officer_id, new.organ_id, new.officer_name, new.organ_name, new.roles, new.address,
      new.action, new.subject_kind, new.subject_id, new.case_id, new.transfer_id, new.clue_id, new.restricted,
      new.internal_to);
  IF event_changes IS NOT NULL THEN
    INSERT INTO audit_changes (event_id, changes) VALUES (new.id, event_changes);
  END IF;
END
$$;

GRANT EXECUTE ON FUNCTION store_cases(jsonb) TO xianjie_app;
GRANT EXECUTE ON FUNCTION record_event(jsonb, jsonb) TO xianjie_app, xianjie_worker;
