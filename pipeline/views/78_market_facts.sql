-- Facts of the boards demanda, distribucion, comercializacion and costo-unitario; 80_facts.sql takes them in.
-- unserved_*: the thirty days up to the last word of events. unit_*: the last whole month; day is its last one.

CREATE OR REPLACE VIEW facts_market AS
WITH wanted (board, series, week_too, year_too) AS (
    VALUES
    ('demanda', 'demand', TRUE, TRUE),
    ('demanda', 'demand_max_power', FALSE, FALSE),
    ('demanda', 'market_regulated_share', FALSE, FALSE),
    ('distribucion', 'demand_real', TRUE, FALSE),
    ('distribucion', 'users_regulated_share', FALSE, FALSE),
    ('comercializacion', 'price', TRUE, FALSE),
    ('comercializacion', 'contract_price', TRUE, FALSE),
    ('comercializacion', 'contract_price_regulated', FALSE, FALSE),
    ('comercializacion', 'contract_price_free', FALSE, FALSE),
    ('comercializacion', 'exposure', FALSE, FALSE)
), known AS (
    SELECT w.*, h.day, h.value, h.week_ago, h.year_ago, h.quality, i.label, i.unit, i.metrics,
           CASE i.unit WHEN 'COP/kWh' THEN 0 WHEN '%' THEN 1 ELSE i.decimals END AS decimals
    FROM wanted AS w JOIN headline AS h USING (series) JOIN series_info AS i USING (series)
), compared AS (
    SELECT *, 'vs_week' AS suffix, ', frente a la semana anterior' AS words, week_ago AS base FROM known WHERE week_too
    UNION ALL
    SELECT *, 'vs_year', ', frente al año anterior', year_ago FROM known WHERE year_too
)
SELECT board, series AS id, label, value, unit, decimals, day, quality,
       CASE WHEN series LIKE '%_share' OR series = 'exposure' THEN 'share' ELSE 'level' END AS kind, metrics
FROM known
UNION ALL
SELECT board, series || '_' || suffix, label || words,
       CASE WHEN unit = '%' THEN value - base ELSE pct_change(value, base) END,
       CASE WHEN unit = '%' THEN 'pp' ELSE '%' END, 1, day, quality, 'change', metrics
FROM compared
UNION ALL
SELECT 'distribucion', CASE kind WHEN 'Programada' THEN 'unserved_planned' ELSE 'unserved_forced' END,
       'Demanda no atendida ' || lower(kind) || ', treinta días', mwh, 'MWh', 0, day, 'ok', 'level',
       'DemaNoAtenProg,DemaNoAtenNoProg'
FROM unserved_last_30
UNION ALL
SELECT 'comercializacion', 'hours_above_scarcity', 'Horas del mes por encima del precio de escasez vigente', above_upper,
       '#', 0, last_day(month), 'ok', 'level', 'PrecBolsNaci,PrecEscaAct,PrecEscaSup'
FROM scarcity_last_month
UNION ALL
SELECT 'costo-unitario', id, label, value, 'COP/kWh', decimals, last_day(month), 'ok', 'level', metrics
FROM unit_cost_last,
LATERAL (VALUES
    ('unit_known', 'Parte del costo unitario que los datos de XM permiten calcular', known, 0,
     'PrecPromContRegu,PPPrecBolsNaci,CargoUsoSTN,CargoUsoSTR,PerdidasEner,RestAliv,DemaCome'),
    ('unit_month_g', 'Componente de generación (G)', g, 0, 'PrecPromContRegu,PPPrecBolsNaci,CompContEnerReg,DemaComeReg'),
    ('unit_month_t', 'Componente de transmisión nacional (T)', t, 0, 'CargoUsoSTN,DemaCome'),
    ('unit_month_str', 'Transmisión regional (parte de D)', str, 0, 'CargoUsoSTR,DemaCome'),
    ('unit_month_pr', 'Pérdidas del STN (parte de PR)', pr, 0, 'PerdidasEner,DemaCome'),
    ('unit_month_r', 'Componente de restricciones (R)', r, 0, 'RestAliv,DemaCome')
) AS t (id, label, value, decimals, metrics);
