// DuckDB in the browser, behind one small adapter: boot, tables by name, run, stop. No page element is touched here.
//
// The worker is a blob on purpose: a blob worker inherits the page's policy, so that SQL which asks for another
// origin is refused by the browser; a worker loaded from its own file would not inherit it.

const ROOT = new URL("../", import.meta.url);
const VENDOR = new URL("assets/vendor/", ROOT);
const DATA = new URL("datos/", ROOT);
const BOOT_LIMIT = 15_000; // [ms] after the download
const WHOLE_LIMIT = 32 * 2 ** 20; // [B]; above it, files are read by ranges
const QUERY_LIMIT = 10_000; // [ms] when the data is in memory
const RANGE_QUERY_LIMIT = 60_000; // [ms] when the query also waits for the network
export const ROW_LIMIT = 10_000;

export class EngineError extends Error {
  constructor(message, detail = "") {
    super(message);
    this.detail = detail;
  }
}

// Politeness, not the barrier: the page's policy is. Statements that write or attach would only hang or confuse.
const READS = /^(?:select|with|from|values|table|describe|desc|show|summarize|pivot|unpivot|explain)\b/i;
const LEADING = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|\()*/;

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
const literal = (text) => `'${String(text).replaceAll("'", "''")}'`;
const DAILY = { suma: "sum(value)", "último valor": "max_by(value, ts)" };

async function fetchJson(url) {
  const answer = await fetch(url, { cache: "no-cache" });
  if (!answer.ok) throw new EngineError("No se pudo leer la lista de archivos de datos. Recargue la página.", `${answer.status} ${url.pathname}`);
  return answer.json();
}

async function fetchBytes(url, expected, onProgress) {
  let answer;
  try {
    answer = await fetch(url);
  } catch {
    throw new EngineError("No hay conexión con el portal. Revise la red y vuelva a intentarlo.", url.pathname);
  }
  if (!answer.ok) {
    throw new EngineError("Un archivo ya no está en el portal: los datos se actualizaron. Recargue la página.", `${answer.status} ${url.pathname}`);
  }
  const chunks = [];
  let size = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    onProgress(value.length);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (expected && globalThis.crypto?.subtle) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found !== expected) {
      throw new EngineError("Un archivo llegó incompleto o cambió en el camino. Recargue la página y vuelva a intentarlo.", url.pathname);
    }
  }
  return bytes;
}

function within(promise, milliseconds, message) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new EngineError(message)), milliseconds);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

export class Engine {
  constructor(onStatus) {
    this.onStatus = onStatus;
    this.tables = null; // name → {id, parts, metric}
    this.catalogue = [];
    this.ranged = false;
    this.reset();
  }

  reset() {
    this.database = null;
    this.connection = null;
    this.worker = null;
    this.registered = new Set();
  }

  /** Read the manifest and the catalogue; cheap, no engine. */
  async describe() {
    if (this.tables) return this.catalogue;
    const [manifest, catalogue] = await Promise.all([
      fetchJson(new URL("manifest.json", DATA)),
      fetchJson(new URL("api/v1/metricas.json", ROOT)),
    ]);
    const parts = new Map();
    for (const part of manifest.parts) {
      if (part.rows > 0) parts.set(part.metric, [...(parts.get(part.metric) ?? []), part]);
    }
    this.tables = new Map();
    this.catalogue = catalogue.metricas.filter((metric) => parts.has(metric.id));
    for (const metric of this.catalogue) {
      const entry = { parts: parts.get(metric.id), metric };
      this.tables.set(metric.id.toLowerCase(), entry);
      if (metric.granularidad !== "lista") this.tables.set(`${metric.id}_daily`.toLowerCase(), entry);
    }
    return this.catalogue;
  }

  async boot() {
    if (this.connection) return;
    const files = (await fetchJson(new URL("manifest.json", VENDOR))).files;
    const wasm = new URL("duckdb/duckdb-eh.wasm", VENDOR);
    const total = files["duckdb/duckdb-eh.wasm"].bytes;
    let loaded = 0;
    // The bytes are checked here; the worker then takes the same address from the browser's cache.
    await fetchBytes(wasm, files["duckdb/duckdb-eh.wasm"].sha256, (size) => {
      loaded += size;
      this.onStatus(`Cargando el motor de consultas: ${Math.round((100 * loaded) / total)} %`);
    });
    this.onStatus("Iniciando el motor de consultas…");
    const { AsyncDuckDB, VoidLogger, DuckDBDataProtocol } = await import(new URL("duckdb/duckdb.js", VENDOR).href);
    this.protocol = DuckDBDataProtocol;
    const script = `importScripts(${JSON.stringify(new URL("duckdb/duckdb-eh.worker.js", VENDOR).href)});`;
    const blob = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.worker = new Worker(blob);
    const failed = new Promise((_, reject) => {
      this.worker.addEventListener("error", (event) => reject(new EngineError("El navegador no dejó iniciar el motor de consultas.", event.message)), { once: true });
    });
    failed.catch(() => undefined);
    this.database = new AsyncDuckDB(new VoidLogger(), this.worker);
    const start = (async () => {
      await this.database.instantiate(wasm.href);
      await this.database.open({ path: ":memory:", query: { castTimestampToDate: false } });
      this.connection = await this.database.connect();
      await this.#catalogueTable();
    })();
    try {
      await within(Promise.race([start, failed]), BOOT_LIMIT, "El motor de consultas no respondió. Cierre otras pestañas o use un navegador más reciente.");
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      URL.revokeObjectURL(blob);
    }
  }

  async #catalogueTable() {
    const rows = this.catalogue.map((m) => `(${[m.id, m.titulo, m.tema, m.unidad, m.granularidad].map(literal).join(", ")})`);
    await this.connection.query("CREATE TABLE catalog_metric(id VARCHAR, title VARCHAR, theme VARCHAR, unit VARCHAR, grain VARCHAR)");
    if (rows.length) await this.connection.query(`INSERT INTO catalog_metric VALUES ${rows.join(", ")}`);
  }

  /** Return the tables a query names, by the catalogue. */
  named(sql) {
    const found = new Map();
    for (const word of sql.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []) {
      const entry = this.tables.get(word.toLowerCase());
      if (entry) found.set(entry.metric.id, entry);
    }
    return [...found.values()];
  }

  async #register(entry) {
    const { metric, parts } = entry;
    const total = parts.reduce((sum, part) => sum + part.bytes, 0);
    const whole = total <= WHOLE_LIMIT;
    let loaded = 0;
    for (const part of parts) {
      const url = new URL(`lake/${part.path}`, DATA);
      if (whole) {
        const bytes = await fetchBytes(url, part.sha256, (size) => {
          loaded += size;
          this.onStatus(`Descargando ${metric.id}: ${Math.round((100 * loaded) / total)} %`);
        });
        await this.database.registerFileBuffer(part.path, bytes);
      } else {
        this.ranged = true;
        await this.database.registerFileURL(part.path, url.href, this.protocol.HTTP, false);
      }
    }
    const files = `[${parts.map((part) => literal(part.path)).join(", ")}]`;
    if (metric.granularidad === "lista") {
      await this.connection.query(`CREATE OR REPLACE VIEW ${quoted(metric.id)} AS SELECT * FROM read_parquet(${files}, union_by_name=true)`);
    } else {
      const rows = `SELECT entity, code, ts::TIMESTAMP AS ts, value, quality FROM read_parquet(${files})`;
      const hourly = metric.granularidad === "horaria";
      const value = hourly ? DAILY[metric.agregacion_diaria] ?? "avg(value)" : "any_value(value)";
      const quality = "CASE WHEN bool_or(quality = 'provisional') THEN 'provisional' WHEN bool_or(quality = 'corrected') THEN 'corrected' ELSE 'ok' END";
      await this.connection.query(`CREATE OR REPLACE VIEW ${quoted(metric.id)} AS ${rows}`);
      await this.connection.query(
        `CREATE OR REPLACE VIEW ${quoted(`${metric.id}_daily`)} AS SELECT entity, code, ts::DATE AS day, ${value} AS value, ` +
        `${hourly ? "count(*)::INTEGER" : "NULL::INTEGER"} AS hours, ${quality} AS quality FROM (${rows}) GROUP BY entity, code, ts::DATE`,
      );
    }
    this.registered.add(metric.id);
  }

  /** Run one statement; at most ROW_LIMIT rows come back. */
  async run(sql) {
    if (!READS.test(sql.replace(LEADING, ""))) {
      throw new EngineError("Aquí solo se consulta. Empiece con SELECT, WITH, FROM, DESCRIBE o SUMMARIZE.");
    }
    await this.describe();
    await this.boot();
    for (const entry of this.named(sql)) {
      if (!this.registered.has(entry.metric.id)) await this.#register(entry);
    }
    this.onStatus("Consultando…");
    const started = performance.now();
    const limit = this.ranged ? RANGE_QUERY_LIMIT : QUERY_LIMIT;
    try {
      const result = await within(this.#read(sql), limit, `La consulta tardó más de ${limit / 1000} segundos y se detuvo. Pida menos filas o un período más corto.`);
      return { ...result, milliseconds: performance.now() - started };
    } catch (error) {
      if (error instanceof EngineError) this.stop();
      throw error;
    }
  }

  async #read(sql) {
    const stream = await this.connection.send(sql);
    const batches = [];
    let rows = 0;
    let truncated = false;
    let schema = stream.schema;
    for await (const batch of stream) {
      schema = schema ?? batch.schema;
      batches.push(batch);
      rows += batch.numRows;
      if (rows > ROW_LIMIT) {
        truncated = true;
        await this.connection.cancelSent().catch(() => undefined);
        break;
      }
    }
    return { fields: (schema ?? stream.schema).fields, batches, rows: Math.min(rows, ROW_LIMIT), truncated };
  }

  /** End the engine at once; the next query starts a new one. */
  stop() {
    this.worker?.terminate();
    this.reset();
  }
}
