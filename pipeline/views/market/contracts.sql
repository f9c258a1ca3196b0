-- Wholesale trade: contracts, spot market, how exposed each retailer is to it, and who sets the price.
--
-- Prices COP/kWh, energies GWh. PrecPromContRegu / PrecPromContNoRegu / PrecPromCont (XM): mean price of the contracts
-- delivered, to regulated and non-regulated users and of both. It cannot be rebuilt as CompContMoneda / CompContEner
-- (161.8 against 302.7 on 2024-04-30: the money covers part of the contracts only), so XM's own price is used. The day of
-- each market weighs its hours by the energy of its contracts: both together then give PrecPromCont to 1e-5 (302.65775 on
-- 2024-04-30), which the plain mean of the hours does not.

CREATE OR REPLACE VIEW contract_price_daily AS
SELECT day, 'PrecPromCont' AS metric, 'Contratos, todos' AS series, value AS price, day_quality(hours, quality) AS quality
FROM "PrecPromCont_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT day, 'PrecPromContRegu', 'Contratos, mercado regulado', value, day_quality(hours, quality)
FROM "PrecPromContRegu_daily" WHERE entity = 'Sistema'
UNION ALL
SELECT day, 'PrecPromContNoRegu', 'Contratos, mercado no regulado', value, day_quality(hours, quality)
FROM "PrecPromContNoRegu_daily" WHERE entity = 'Sistema';

-- Energy that changed hands [GWh]. Purchases equal sales every hour, so each is counted once. Contracts are counted at
-- every link of the chain (a retailer that resells appears twice), so they may exceed the demand.
CREATE OR REPLACE VIEW wholesale_energy_daily AS
SELECT s.day, s.value AS spot_gwh, c.value AS contract_gwh,
       worse_quality(day_quality(s.hours, s.quality), day_quality(c.hours, c.quality)) AS quality
FROM "CompBolsNaciEner_daily" AS s
JOIN "CompContEner_daily" AS c ON c.day = s.day AND c.entity = 'Sistema'
WHERE s.entity = 'Sistema';

-- Guard against swapped labels. In some months XM has published CompContEner and VentContEner with their sides changed
-- (seen in December 2025 and July-August 2026): the national totals cannot tell, because purchases equal sales, but an
-- agent's balance can. For a retailer without plants
--     contracts bought + spot bought - contracts sold - spot sold = commercial demand
-- (2024-04-29..05-01, ENDC: 111.101 + 15.997 = 127.098). Each month takes the labelling that leaves the smaller sum of
-- residuals over all retailers. 'swapped' months, and months whose contract energy falls below half of the usual, leave
-- the exposure empty: the sides are not put right in silence.
CREATE OR REPLACE TABLE retailer_month AS
WITH energy AS (
    SELECT metric, code, CAST(date_trunc('month', day) AS DATE) AS month, sum(value) AS gwh
    FROM (
        SELECT 'demand' AS metric, code, day, value, quality FROM "DemaCome_daily" WHERE entity = 'Agente'
        UNION ALL SELECT 'contract', code, day, value, quality FROM "CompContEner_daily" WHERE entity = 'Agente'
        UNION ALL SELECT 'sold', code, day, value, quality FROM "VentContEner_daily" WHERE entity = 'Agente'
        UNION ALL SELECT 'spot', code, day, value, quality FROM "CompBolsNaciEner_daily" WHERE entity = 'Agente'
        UNION ALL SELECT 'spot_sold', code, day, value, quality FROM "VentBolsNaciEner_daily" WHERE entity = 'Agente'
    )
    -- only days on which all of them are settled: their system totals say so
    WHERE day IN (
        SELECT w.day FROM wholesale_energy_daily AS w JOIN demand_commercial_daily AS d USING (day)
        WHERE quotable(w.quality) AND quotable(d.quality)
    )
    GROUP BY ALL
)
SELECT e.month, e.code,
       coalesce(sum(gwh) FILTER (WHERE metric = 'demand'), 0) AS demand_gwh,
       coalesce(sum(gwh) FILTER (WHERE metric = 'contract'), 0) AS contract_gwh,
       coalesce(sum(gwh) FILTER (WHERE metric = 'sold'), 0) AS contract_sold_gwh,
       coalesce(sum(gwh) FILTER (WHERE metric = 'spot'), 0) AS spot_gwh,
       coalesce(sum(gwh) FILTER (WHERE metric = 'spot_sold'), 0) AS spot_sold_gwh
FROM energy AS e
LEFT JOIN agent AS a USING (code)
WHERE coalesce(a.activity = 'retailer', e.code LIKE '%C')
GROUP BY e.month, e.code
HAVING sum(gwh) FILTER (WHERE metric = 'demand') > 0
ORDER BY e.month, e.code;

CREATE OR REPLACE TABLE contract_label_month AS
WITH balance AS (
    SELECT month, count(*) AS retailers, sum(demand_gwh) AS demand_gwh, sum(contract_gwh) AS contract_gwh,
           sum(contract_sold_gwh) AS contract_sold_gwh,
           sum(abs(contract_gwh + spot_gwh - contract_sold_gwh - spot_sold_gwh - demand_gwh)) AS as_labelled,
           sum(abs(contract_sold_gwh + spot_gwh - contract_gwh - spot_sold_gwh - demand_gwh)) AS as_swapped
    FROM retailer_month
    GROUP BY month
), usual AS (
    SELECT *, median(greatest(contract_gwh, contract_sold_gwh) / demand_gwh) OVER () AS usual_cover FROM balance
)
SELECT month, CAST(retailers AS INTEGER) AS retailers, tidy(demand_gwh) AS demand_gwh,
       tidy(contract_gwh) AS contract_gwh, tidy(contract_sold_gwh) AS contract_sold_gwh,
       tidy(as_labelled / demand_gwh * 100) AS residual_pct, tidy(as_swapped / demand_gwh * 100) AS residual_swapped_pct,
       CASE WHEN as_swapped < as_labelled / 2 THEN 'swapped'
            WHEN greatest(contract_gwh, contract_sold_gwh) / demand_gwh < usual_cover / 2 THEN 'collapsed'
            ELSE 'ok' END AS verdict
FROM usual
ORDER BY month;

-- Exposure: part of a retailer's purchases that it bought in the spot market [%].
--     spot / (spot + contracts), CompBolsNaciEner / (CompBolsNaciEner + CompContEner)
-- Of its purchases, not of its demand: who resells buys more than its users need.
CREATE OR REPLACE VIEW retailer_exposure AS
SELECT r.month, r.code, coalesce(a.name, r.code) AS name,
       company_short(coalesce(a.name, r.code)) AS short_name, r.demand_gwh, r.contract_gwh, r.spot_gwh,
       tidy(r.spot_gwh / nullif(r.spot_gwh + r.contract_gwh, 0) * 100) AS exposure_pct,
       CAST(row_number() OVER (PARTITION BY r.month ORDER BY r.demand_gwh DESC, r.code) AS INTEGER) AS rank
FROM retailer_month AS r
JOIN contract_label_month AS m ON m.month = r.month AND m.verdict = 'ok'
LEFT JOIN agent AS a USING (code);

-- The last month whose labels hold (no row when there is none). The month may be under way: days says how far it goes.
CREATE OR REPLACE VIEW exposure_month AS
SELECT m.month, CAST(count(*) AS INTEGER) AS days, max(w.day) AS until
FROM contract_label_month AS m
JOIN wholesale_energy_daily AS w ON date_trunc('month', w.day) = m.month
JOIN demand_commercial_daily AS d ON d.day = w.day
WHERE m.verdict = 'ok' AND quotable(w.quality) AND quotable(d.quality)
  AND m.month = (SELECT max(month) FROM contract_label_month WHERE verdict = 'ok')
GROUP BY m.month;

-- Exposure of all retailers together, by day; empty in months whose labels do not hold.
CREATE OR REPLACE TABLE exposure_daily AS
SELECT s.day, tidy(sum(s.value)) AS spot_gwh, tidy(sum(coalesce(c.value, 0))) AS contract_gwh,
       tidy(sum(s.value) / nullif(sum(s.value) + sum(coalesce(c.value, 0)), 0) * 100) AS exposure_pct,
       worse_quality(any_value(w.quality), any_value(t.quality)) AS quality
FROM (
    SELECT r.month, r.code, d.day,
           coalesce(b.value, 0) AS value
    FROM retailer_month AS r
    JOIN contract_label_month AS m ON m.month = r.month AND m.verdict = 'ok'
    JOIN wholesale_energy_daily AS d ON date_trunc('month', d.day) = r.month
    LEFT JOIN "CompBolsNaciEner_daily" AS b ON b.entity = 'Agente' AND b.code = r.code AND b.day = d.day
) AS s
LEFT JOIN "CompContEner_daily" AS c ON c.entity = 'Agente' AND c.code = s.code AND c.day = s.day
JOIN wholesale_energy_daily AS w ON w.day = s.day
JOIN demand_commercial_daily AS t ON t.day = s.day
GROUP BY s.day
ORDER BY s.day;

-- Hours of each month above the scarcity price in force, and above the lower one, which there is since March 2025 for plants
-- of low variable cost (market/prices.sql). Hours of settled days only.
CREATE OR REPLACE TABLE scarcity_hours_monthly AS
WITH threshold AS (
    SELECT m.month, m.price AS upper_price, l.price AS lower_price
    FROM scarcity_month AS m
    LEFT JOIN (
        SELECT date_trunc('month', day) AS month, max_by(price, day) AS price
        FROM scarcity_daily WHERE metric = 'PrecEscaInf' AND day >= DATE '2025-03-01' GROUP BY 1
    ) AS l ON l.month = m.month
)
SELECT t.month,
       CAST(count(*) AS INTEGER) AS hours,
       CAST(count(*) FILTER (WHERE h.price > t.upper_price) AS INTEGER) AS above_upper,
       CASE WHEN count(t.lower_price) > 0 THEN CAST(count(*) FILTER (WHERE h.price > t.lower_price) AS INTEGER) END
           AS above_lower,
       any_value(t.upper_price) AS upper_price, any_value(t.lower_price) AS lower_price,
       max(h.price) AS max_price
FROM price_hourly AS h
JOIN threshold AS t ON t.month = date_trunc('month', h.ts)
WHERE quotable(h.quality)
GROUP BY 1
ORDER BY 1;

-- The last month whose hours are all settled.
CREATE OR REPLACE VIEW scarcity_last_month AS
SELECT * FROM scarcity_hours_monthly WHERE hours = 24 * day(last_day(month)) ORDER BY month DESC LIMIT 1;

-- Who sets the price. IndRecMargina (XM): 1 for the plant whose declared offer equals the highest national offer of the
-- hour (MaxPrecOferNal). Hours by plant over the last 30 days with the 24 hours named; two plants may share an hour.
CREATE OR REPLACE TABLE marginal_plant AS
WITH named AS (
    SELECT CAST(ts AS DATE) AS day, count(DISTINCT ts) AS hours FROM "IndRecMargina"
    WHERE entity = 'Recurso' AND value > 0 GROUP BY 1
), span AS (
    SELECT max(day) AS until FROM named WHERE hours = 24
), marks AS (
    SELECT i.ts, i.code, count(*) OVER (PARTITION BY i.ts) AS together, s.until
    FROM "IndRecMargina" AS i, span AS s
    WHERE i.entity = 'Recurso' AND i.value > 0 AND i.ts >= s.until - 29 AND i.ts < s.until + 1
)
SELECT m.code, coalesce(p.name, m.code) AS plant, coalesce(p.fuel, 'Sin clasificar') AS fuel,
       CAST(count(*) AS INTEGER) AS hours, tidy(sum(1.0 / m.together)) AS hours_shared,
       tidy(sum(1.0 / m.together) / nullif(sum(sum(1.0 / m.together)) OVER (), 0) * 100) AS share_pct, any_value(m.until) AS until
FROM marks AS m
LEFT JOIN plant AS p USING (code)
GROUP BY m.code, p.name, p.fuel
ORDER BY hours DESC, m.code;

-- Hour by hour on the last day with its 24 hours named: the plant that set the price, its offer, the highest national
-- offer and the spot price. The highest offer exceeds the plant's own by XM's start-up uplift (2.37 on 2024-04-29).
CREATE OR REPLACE VIEW marginal_hour AS
SELECT i.ts, i.code, coalesce(p.name, i.code) AS plant, coalesce(p.fuel, 'Sin clasificar') AS fuel,
       o.value AS offer, m.value AS max_offer, b.value AS spot
FROM "IndRecMargina" AS i
JOIN (SELECT DISTINCT until FROM marginal_plant) AS s ON i.ts >= s.until AND i.ts < s.until + 1
LEFT JOIN "PrecOferDesp" AS o ON o.entity = 'Recurso' AND o.code = i.code AND o.ts = i.ts
LEFT JOIN "MaxPrecOferNal" AS m ON m.entity = 'Sistema' AND m.ts = i.ts
LEFT JOIN "PrecBolsNaci" AS b ON b.entity = 'Sistema' AND b.ts = i.ts
LEFT JOIN plant AS p ON p.code = i.code
WHERE i.entity = 'Recurso' AND i.value > 0;

-- Price offers of the plants of the last day published (a month late: they are confidential until then) [COP/kWh].
-- PrecOferDesp: offer of each hour to the real dispatch (it repeats one value); PrecOferIdeal: the offer used in the
-- ideal dispatch, with its adjustments.
CREATE OR REPLACE VIEW offer_last_day AS
SELECT max(day) AS day FROM "PrecOferDesp_daily" WHERE entity = 'Recurso' HAVING max(day) IS NOT NULL;

CREATE OR REPLACE TABLE plant_offer AS
SELECT o.day, o.code, coalesce(p.name, o.code) AS plant, coalesce(p.fuel, 'Sin clasificar') AS fuel,
       o.value AS dispatch_price, i.value AS ideal_price,
       CAST(row_number() OVER (ORDER BY o.value, o.code) AS INTEGER) AS rank
FROM "PrecOferDesp_daily" AS o
JOIN offer_last_day AS l USING (day)
LEFT JOIN "PrecOferIdeal_daily" AS i ON i.entity = 'Recurso' AND i.code = o.code AND i.day = o.day
LEFT JOIN plant AS p ON p.code = o.code
WHERE o.entity = 'Recurso'
ORDER BY rank;
