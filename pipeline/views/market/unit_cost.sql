-- Unit cost of electricity for a regulated user, CU = G + T + D + C + PR + R (Res. CREG 119 de 2007), in COP/kWh: what
-- XM's data let anyone compute, for the whole country. It is not a tariff: each retailer has its own, by voltage level.
--
--   G   Qc x Pc + (1 - Qc) x Pb                 generation
--       Pc  PrecPromContRegu, mean price of the contracts for the regulated market
--       Pb  PPPrecBolsNaci, spot price weighted by purchases
--       Qc  CompContEnerReg / DemaComeReg, at most 1: part of the regulated demand covered by contracts (CREG 119,
--           art. 6). Dividing by the whole demand (regulated and not) counts users that those contracts never serve:
--           it gives 0.56 instead of 0.82 on 2024-04-29.
--       Left out: the retailer's own efficiency factor (alfa, Mc), auctions and adjustments (AJ).
--   T   CargoUsoSTN / DemaCome of the month     national transmission; reference 3.77e11 COP / 7.35e9 kWh = 51
--   STR CargoUsoSTR / DemaCome of the month     regional transmission: the one part of D that XM publishes; about 33
--   PR  G x p / (1 - p), p = PerdidasEner / DemaCome     losses of the STN only; the larger part, of the distribution
--       networks, depends on each operator
--   R   RestAliv / DemaCome                     constraints charged to retailers after reliefs; hours summed
--   D (local networks) and C (retailing): charges approved by the CREG for each company. XM does not publish them, so
--       they are not computed here nor replaced by a constant.
-- 1 million COP / 1 GWh = 1 COP/kWh.

-- Qc: never above 1, and unknown when one of its parts is (least() would skip a NULL).
CREATE OR REPLACE MACRO cover(contracts, demand) AS
    CASE WHEN demand > 0 THEN CASE WHEN contracts > demand THEN 1 ELSE contracts / demand END END;

CREATE OR REPLACE TABLE unit_cost_daily AS
WITH parts AS (
    SELECT d.day, d.gwh AS demand_gwh, cr.value AS contract_gwh, dr.value AS regulated_gwh,
           pc.value AS pc, pb.value AS pb, l.value AS losses_gwh, r.value AS charged_mcop,
           worse_quality(d.quality, worse_quality(day_quality(cr.hours, cr.quality),
               worse_quality(day_quality(dr.hours, dr.quality), worse_quality(day_quality(pc.hours, pc.quality),
               day_quality(pb.hours, pb.quality))))) AS g_quality,
           worse_quality(d.quality, day_quality(l.hours, l.quality)) AS l_quality,
           worse_quality(d.quality, day_quality(r.hours, r.quality)) AS r_quality
    FROM demand_commercial_daily AS d
    LEFT JOIN "CompContEnerReg_daily" AS cr ON cr.day = d.day AND cr.entity = 'Sistema'
    LEFT JOIN "DemaComeReg_daily" AS dr ON dr.day = d.day AND dr.entity = 'Sistema'
    LEFT JOIN "PrecPromContRegu_daily" AS pc ON pc.day = d.day AND pc.entity = 'Sistema'
    LEFT JOIN "PPPrecBolsNaci_daily" AS pb ON pb.day = d.day AND pb.entity = 'Sistema'
    LEFT JOIN "PerdidasEner_daily" AS l ON l.day = d.day AND l.entity = 'Sistema'
    LEFT JOIN "RestAliv_daily" AS r ON r.day = d.day AND r.entity = 'Sistema'
), priced AS (
    SELECT *, cover(contract_gwh, regulated_gwh) AS qc, losses_gwh / nullif(demand_gwh, 0) AS p FROM parts
)
SELECT day, demand_gwh, contract_gwh, regulated_gwh, losses_gwh, charged_mcop, tidy(qc) AS qc, pc, pb,
       tidy(qc * pc + (1 - qc) * pb) AS g,
       tidy((qc * pc + (1 - qc) * pb) * p / (1 - p)) AS pr,
       tidy(charged_mcop / nullif(demand_gwh, 0)) AS r,
       CASE WHEN qc * pc * pb IS NOT NULL THEN g_quality END AS g_quality,
       CASE WHEN qc * pc * pb * p IS NOT NULL THEN worse_quality(g_quality, l_quality) END AS pr_quality,
       CASE WHEN charged_mcop IS NOT NULL THEN r_quality END AS r_quality
FROM priced
ORDER BY day;

-- By month: each part from its own monthly totals, and only when every day of the month is settled for that part.
CREATE OR REPLACE TABLE unit_cost_monthly AS
WITH months AS (
    SELECT CAST(date_trunc('month', day) AS DATE) AS month,
           CAST(day(last_day(min(day))) AS INTEGER) AS days_in_month,
           count(*) FILTER (WHERE quotable(g_quality)) AS g_days,
           count(*) FILTER (WHERE quotable(pr_quality)) AS pr_days,
           count(*) FILTER (WHERE quotable(r_quality)) AS r_days,
           sum(demand_gwh) AS demand_gwh, sum(contract_gwh) AS contract_gwh, sum(regulated_gwh) AS regulated_gwh,
           sum(pc * contract_gwh) / nullif(sum(contract_gwh), 0) AS pc,
           sum(pb * greatest(regulated_gwh - contract_gwh, 0)) AS pb_weighted,
           sum(greatest(regulated_gwh - contract_gwh, 0)) AS bought_gwh,
           avg(pb) AS pb_mean, sum(losses_gwh) AS losses_gwh, sum(charged_mcop) AS charged_mcop
    FROM unit_cost_daily
    GROUP BY 1
), demand AS (
    SELECT CAST(date_trunc('month', day) AS DATE) AS month, count(*) AS days
    FROM demand_commercial_daily WHERE quotable(quality) GROUP BY 1
), shares AS (
    SELECT m.*, d.days = m.days_in_month AS demand_whole,
           cover(m.contract_gwh, m.regulated_gwh) AS qc,
           coalesce(m.pb_weighted / nullif(m.bought_gwh, 0), m.pb_mean) AS pb,
           m.losses_gwh / nullif(m.demand_gwh, 0) AS p
    FROM months AS m LEFT JOIN demand AS d USING (month)
), parts AS (
    SELECT s.month, s.demand_gwh,
           CASE WHEN s.g_days = s.days_in_month THEN s.qc END AS qc,
           CASE WHEN s.g_days = s.days_in_month THEN s.pc END AS pc,
           CASE WHEN s.g_days = s.days_in_month THEN s.pb END AS pb,
           CASE WHEN s.pr_days = s.days_in_month THEN s.p END AS p,
           CASE WHEN s.g_days = s.days_in_month THEN s.qc * s.pc + (1 - s.qc) * s.pb END AS g,
           CASE WHEN s.demand_whole THEN stn.value / nullif(s.demand_gwh, 0) END AS t,
           CASE WHEN s.demand_whole THEN str.value / nullif(s.demand_gwh, 0) END AS str,
           CASE WHEN s.pr_days = s.days_in_month THEN (s.qc * s.pc + (1 - s.qc) * s.pb) * s.p / (1 - s.p) END AS pr,
           CASE WHEN s.r_days = s.days_in_month THEN s.charged_mcop / nullif(s.demand_gwh, 0) END AS r
    FROM shares AS s
    LEFT JOIN "CargoUsoSTN" AS stn ON stn.entity = 'Sistema' AND CAST(stn.ts AS DATE) = s.month
    LEFT JOIN "CargoUsoSTR" AS str ON str.entity = 'Sistema' AND CAST(str.ts AS DATE) = s.month
)
SELECT month, tidy(demand_gwh) AS demand_gwh, tidy(qc) AS qc, tidy(pc) AS pc, tidy(pb) AS pb, tidy(p * 100) AS losses_pct,
       tidy(g) AS g, tidy(t) AS t, tidy(str) AS str, tidy(pr) AS pr, tidy(r) AS r,
       -- NULL unless all five are known: a sum with a part missing would look cheaper
       tidy(g + t + str + pr + r) AS known,
       array_to_string(list_filter([
           CASE WHEN g IS NULL THEN 'generación (G)' END, CASE WHEN t IS NULL THEN 'transmisión nacional (T)' END,
           CASE WHEN str IS NULL THEN 'transmisión regional (STR)' END, CASE WHEN pr IS NULL THEN 'pérdidas (PR)' END,
           CASE WHEN r IS NULL THEN 'restricciones (R)' END], lambda part: part IS NOT NULL), ', ') AS missing
FROM parts
ORDER BY month;

-- The last month with its five parts (no row when there is none).
CREATE OR REPLACE VIEW unit_cost_last AS
SELECT * FROM unit_cost_monthly WHERE known IS NOT NULL ORDER BY month DESC LIMIT 1;

-- Long form, in the order of the formula.
CREATE OR REPLACE VIEW unit_cost_part AS
SELECT m.month, t.ordinal, t.letter, t.label, t.value
FROM unit_cost_monthly AS m,
LATERAL (VALUES (1, 'G', 'Generación (G)', m.g), (2, 'T', 'Transmisión nacional (T)', m.t),
                (3, 'D', 'Transmisión regional (STR, parte de D)', m.str),
                (4, 'PR', 'Pérdidas del STN (parte de PR)', m.pr),
                (5, 'R', 'Restricciones (R)', m.r)) AS t (ordinal, letter, label, value)
WHERE t.value IS NOT NULL;

-- Each part of that month beside the same part a year before: cards that a reader may add.
CREATE OR REPLACE VIEW unit_cost_card AS
SELECT n.letter, n.month, n.value, b.value AS year_ago, month_name(n.month) || ' de ' || (year(n.month) - 1) AS year_basis
FROM unit_cost_part AS n
JOIN unit_cost_last AS l ON l.month = n.month
LEFT JOIN unit_cost_part AS b ON b.letter = n.letter AND b.month = year_before(n.month);

-- Lowest, last and highest of each part over the last twelve whole months.
CREATE OR REPLACE VIEW unit_cost_range AS
SELECT p.ordinal, p.letter, p.label, min(p.value) AS low, max_by(p.value, p.month) AS latest, max(p.value) AS high,
       max(p.month) AS month, CAST(count(*) AS INTEGER) AS months
FROM unit_cost_part AS p, unit_cost_last AS l
WHERE p.month <= l.month AND p.month > l.month - INTERVAL 12 MONTH
GROUP BY p.ordinal, p.letter, p.label;
