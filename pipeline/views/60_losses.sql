-- Losses of the national transmission network (STN), GWh.
--
-- PerdidasEner (XM): energy that entered the STN minus energy that left it. It is not technical plus non-technical
-- losses, and it leaves out the distribution networks; Reg and NoReg are how it is charged to regulated and
-- non-regulated demand. Negative hours are legal. Share: against DemaCome, which contains it
-- (DemaCome = DemaReal + PerdidasEner).

CREATE OR REPLACE VIEW losses_daily AS
SELECT p.day, p.value AS gwh,
       tidy(p.value / nullif(d.gwh, 0) * 100) AS share_pct,
       worse_quality(day_quality(p.hours, p.quality), d.quality) AS quality
FROM "PerdidasEner_daily" AS p
LEFT JOIN demand_commercial_daily AS d USING (day)
WHERE p.entity = 'Sistema';
