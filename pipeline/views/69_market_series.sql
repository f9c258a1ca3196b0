-- Headline series of demand in detail, distribution, wholesale trade and unit cost; 70_headlines.sql takes them in.

CREATE OR REPLACE VIEW market_info AS
FROM (VALUES
    (61, 'demand_max_power', 'Demanda máxima de potencia', 'MW', 0, 'DemaMaxPot'),
    (62, 'demand_growth', 'Variación de la demanda, promedio móvil frente al año anterior', '%', 1, 'DemaSIN'),
    (63, 'demand_real', 'Demanda real', 'GWh', 1, 'DemaReal'),
    (64, 'demand_commercial', 'Demanda comercial', 'GWh', 1, 'DemaCome'),
    (65, 'market_regulated_share', 'Participación del mercado regulado', '%', 1,
     'DemaComeReg,DemaComeNoReg,DemaCome'),
    (66, 'users_regulated_share', 'Participación de los usuarios regulados', '%', 1,
     'DemaRealReg,DemaRealNoReg'),
    (67, 'contract_price', 'Precio de los contratos', 'COP/kWh', 1, 'PrecPromCont'),
    (68, 'contract_price_regulated', 'Precio de los contratos del mercado regulado', 'COP/kWh', 1, 'PrecPromContRegu'),
    (69, 'contract_price_free', 'Precio de los contratos del mercado no regulado', 'COP/kWh', 1, 'PrecPromContNoRegu'),
    (70, 'spot_energy', 'Energía comprada en bolsa', 'GWh', 1, 'CompBolsNaciEner'),
    (71, 'contract_energy', 'Energía comprada en contratos', 'GWh', 1, 'CompContEner'),
    (72, 'exposure', 'Participación de la bolsa en las compras de los comercializadores', '%', 1,
     'CompBolsNaciEner,CompContEner,VentContEner,DemaCome'),
    (73, 'unit_g', 'Componente de generación (G)', 'COP/kWh', 1,
     'PrecPromContRegu,PPPrecBolsNaci,CompContEnerReg,DemaComeReg'),
    (74, 'unit_pr', 'Componente de pérdidas del STN (PR)', 'COP/kWh', 2, 'PerdidasEner,DemaCome'),
    (75, 'unit_r', 'Componente de restricciones (R)', 'COP/kWh', 1, 'RestAliv,DemaCome')
) AS t (ordinal, series, label, unit, decimals, metrics);

CREATE OR REPLACE VIEW market_series AS
SELECT 'demand_max_power' AS series, day, mw AS value, quality FROM demand_max_power_daily
UNION ALL SELECT 'demand_growth', day, growth_pct, 'ok' FROM demand_growth_daily
UNION ALL SELECT 'demand_real', day, gwh, quality FROM demand_real_daily
UNION ALL SELECT 'demand_commercial', day, gwh, quality FROM demand_commercial_daily
UNION ALL SELECT 'market_regulated_share', day, regulated_pct, quality FROM demand_market_daily
UNION ALL SELECT 'users_regulated_share', day, regulated_pct, quality FROM demand_users_daily
UNION ALL SELECT 'contract_price', day, price, quality FROM contract_price_daily WHERE metric = 'PrecPromCont'
UNION ALL SELECT 'contract_price_regulated', day, price, quality FROM contract_price_daily WHERE metric = 'PrecPromContRegu'
UNION ALL SELECT 'contract_price_free', day, price, quality FROM contract_price_daily WHERE metric = 'PrecPromContNoRegu'
UNION ALL SELECT 'spot_energy', day, spot_gwh, quality FROM wholesale_energy_daily
UNION ALL SELECT 'contract_energy', day, contract_gwh, quality FROM wholesale_energy_daily
UNION ALL SELECT 'exposure', day, exposure_pct, quality FROM exposure_daily
UNION ALL SELECT 'unit_g', day, g, g_quality FROM unit_cost_daily
UNION ALL SELECT 'unit_pr', day, pr, pr_quality FROM unit_cost_daily
UNION ALL SELECT 'unit_r', day, r, r_quality FROM unit_cost_daily;
