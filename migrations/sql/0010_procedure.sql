-- What the procedure keeps beside the state of a transfer.

-- Matters that run beside the state (early involvement, consultation, a notice to withdraw …): `name` or
-- `name:party`, as `procedure.yaml` begins and ends them.
ALTER TABLE transfers ADD COLUMN matters text[] NOT NULL DEFAULT '{}';
-- When the act was done, where it was done on paper before it was entered.
ALTER TABLE transfer_steps ADD COLUMN occurred_at timestamptz;

-- A procuratorate outside the sender's area that takes the prosecution over sees and takes up what it has to.
CREATE OR REPLACE FUNCTION is_open_to_me(of_case uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN my_kind() IN ('police', 'court', 'tax', 'commission', 'enforcement', 'procuratorate')
    AND EXISTS (SELECT 1 FROM case_grants g WHERE g.case_id = of_case);
END
$$;
ALTER POLICY read ON transfers USING (
  may_see_case(organ_id, line, county, city, province)
  OR (my_kind() = 'police' AND (police_organ_id = my_organ()
    OR my_organ() = ANY (police_past)
    OR (my_level() = 'city' AND police_city = my_area())
    OR (my_level() = 'province' AND police_province = my_area())
    OR (my_level() = 'nation' AND police_organ_id IS NOT NULL)))
  OR (my_kind() = 'procuratorate' AND procuratorate_organ_id = my_organ())
  OR (my_kind() = 'court' AND court_organ_id = my_organ()));
ALTER POLICY change ON transfers USING (
  ((SELECT my_kind()) = 'enforcement' AND organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'police' AND police_organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'procuratorate'
    AND (in_my_area(county, city, province) OR procuratorate_organ_id = (SELECT my_organ())))
  OR ((SELECT my_kind()) = 'court' AND court_organ_id = (SELECT my_organ())))
  WITH CHECK (
  ((SELECT my_kind()) = 'enforcement' AND organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'police' AND (police_organ_id = (SELECT my_organ())
    OR (SELECT my_organ()) = ANY (police_past)))
  OR ((SELECT my_kind()) = 'procuratorate'
    AND (in_my_area(county, city, province) OR procuratorate_organ_id = (SELECT my_organ())))
  OR ((SELECT my_kind()) = 'court' AND court_organ_id = (SELECT my_organ())));
