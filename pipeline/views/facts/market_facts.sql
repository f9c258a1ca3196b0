-- Facts of the boards demanda, distribucion, comercializacion and costo-unitario; facts.sql takes them in.
-- unserved_*: the thirty days up to the last word of events. unit_*: the last whole month; day is its last one.

CREATE OR REPLACE VIEW market_facts AS
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
