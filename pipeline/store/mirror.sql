-- Tables of the PostgreSQL mirror that are there whatever the catalogue says. Each is made once and then stays.
CREATE SCHEMA IF NOT EXISTS portal;
CREATE SCHEMA IF NOT EXISTS portal_data;
CREATE TABLE IF NOT EXISTS portal.metric (
    id text PRIMARY KEY,
    title text NOT NULL,
    definition text NOT NULL,
    theme text NOT NULL,
    grain text NOT NULL,
    kind text NOT NULL,
    unit text NOT NULL,
    lag_days integer NOT NULL,
    source text NOT NULL
);
CREATE TABLE IF NOT EXISTS portal.entity (
    id text PRIMARY KEY,
    label text NOT NULL,
    plural text NOT NULL,
    description text NOT NULL
);
CREATE TABLE IF NOT EXISTS portal.series (
    series smallint PRIMARY KEY,
    metric text NOT NULL,
    entity text NOT NULL,
    UNIQUE (metric, entity)
);
CREATE TABLE IF NOT EXISTS portal.code (
    code_no integer PRIMARY KEY,
    code text NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS portal.part (
    part integer PRIMARY KEY,
    path text NOT NULL UNIQUE,
    sha256 text NOT NULL,
    metric text NOT NULL,
    entity text NOT NULL,
    rows bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS portal.load (
    load integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    manifest_version integer NOT NULL,
    manifest_hash text NOT NULL,
    catalog_hash text NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS portal.schema_version (
    version integer PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS portal_data.observation (
    series smallint NOT NULL,
    code integer NOT NULL,
    ts timestamp NOT NULL,
    value double precision NOT NULL,
    quality smallint NOT NULL,
    part integer NOT NULL,
    version text) PARTITION BY LIST (series
);
CREATE TABLE IF NOT EXISTS portal_data.version_day (
    calendar text NOT NULL,
    day date NOT NULL,
    version text NOT NULL,
    in_force boolean NOT NULL,
    PRIMARY KEY (calendar, day, version)
);
