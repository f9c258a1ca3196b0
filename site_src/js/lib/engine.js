// DuckDB in the browser, behind one small adapter: boot, tables by name, run, stop. No page element is touched here.
//
// The worker is a blob on purpose: a blob worker inherits the page's policy, so that SQL which asks for another
// origin is refused by the browser; a worker loaded from its own file would not inherit it.
import { addressed, dated } from "./series-files.js";
import { ROOT } from "./site.js";
import { catalogueTable, isRead, named, tablesOf } from "./statements.js";

/** @typedef {import("./series-files.js").Names} Names */
/** @typedef {import("./statements.js").Entry} Entry */

const VENDOR = new URL("assets/vendor/", ROOT);
const DATA = new URL("datos/", ROOT);
const BOOT_LIMIT = 15_000; // [ms] after the download
const WHOLE_LIMIT = 32 * 2 ** 20; // [B]; above it, files are read by ranges
const QUERY_LIMIT = 10_000; // [ms] when the data is in memory
const RANGE_QUERY_LIMIT = 60_000; // [ms] when the query also waits for the network
export const ROW_LIMIT = 10_000;

/** A fault whose message is Spanish already. */
export class EngineError extends Error {
  /**
   * @param {string} message
   * @param {string} [detail]
   */
  constructor(message, detail = "") {
    super(message);
    this.detail = detail;
  }
}

/** @param {URL} url */
async function fetchJson(url) {
  const answer = await fetch(url, { cache: "no-cache" });
  if (!answer.ok) throw new EngineError("No se pudo leer la lista de archivos de datos. Recargue la página.", `${answer.status} ${url.pathname}`);
  return answer.json();
}

/**
 * Read a file, telling each piece that comes, and check its hash.
 * @param {URL} url
 * @param {string} expected SHA-256; "" of a file whose address does not change with its bytes
 * @param {(size: number) => void} onProgress
 */
async function fetchBytes(url, expected, onProgress) {
  let answer;
  try {
    // What lies at an address that stays may be another file than the one the browser keeps.
    answer = await fetch(url, expected ? {} : { cache: "no-cache" });
  } catch {
    throw new EngineError("No hay conexión con el portal. Revise la red y vuelva a intentarlo.", url.pathname);
  }
  if (!answer.ok || !answer.body) {
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

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} milliseconds
 * @param {string} message
 * @returns {Promise<T>}
 */
function within(promise, milliseconds, message) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new EngineError(message)), milliseconds);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/**
 * Start the worker; `failed` ends only when it cannot run.
 * @returns {{ worker: Worker, failed: Promise<never>, release: () => void }}
 */
function startWorker() {
  const script = `importScripts(${JSON.stringify(new URL("duckdb/duckdb-eh.worker.js", VENDOR).href)});`;
  const blob = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(blob);
  /** @type {Promise<never>} */
  const failed = new Promise((_, reject) => {
    worker.addEventListener("error", (event) => reject(new EngineError("El navegador no dejó iniciar el motor de consultas.", event.message)), { once: true });
  });
  failed.catch(() => undefined);
  return { worker, failed, release: () => URL.revokeObjectURL(blob) };
}

/** A running DuckDB.
 * @typedef {{ database: Database, connection: Connection, http: number }} Running
 */

export class Engine {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Running | null} */
  #running = null;
  /** @type {Set<string>} */
  #registered = new Set();
  /** @type {Map<string, Entry> | null} */
  #tables = null;
  /** @type {Metric[]} those with data */
  #catalogue = [];
  #ranged = false;
  #onStatus;

  /** @param {(text: string) => void} onStatus */
  constructor(onStatus) {
    this.#onStatus = onStatus;
  }

  /** Read the manifest and the catalogue; cheap, no engine. */
  async describe() {
    await this.#read();
    return this.#catalogue;
  }

  async #read() {
    if (this.#tables) return this.#tables;
    const [manifest, names, catalogue] = await Promise.all([
      /** @type {Promise<{ parts: Part[] }>} */ (fetchJson(new URL("manifest.json", DATA))),
      /** @type {Promise<Names>} */ (fetchJson(new URL("series.json", DATA))),
      /** @type {Promise<{ metricas: Metric[], tablas: PublishedTable[] }>} */ (fetchJson(new URL("api/v1/metricas.json", ROOT))),
    ]);
    const tables = tablesOf(catalogue.metricas, addressed(manifest.parts, names), catalogue.tablas);
    this.#catalogue = catalogue.metricas.filter((metric) => tables.has(metric.id.toLowerCase()));
    this.#tables = tables;
    return tables;
  }

  /** @returns {Promise<Running>} */
  async #boot() {
    if (this.#running) return this.#running;
    /** @type {{ files: Record<string, { bytes: number, sha256: string }> }} */
    const { files } = await fetchJson(new URL("manifest.json", VENDOR));
    const { bytes, sha256 } = files["duckdb/duckdb-eh.wasm"] ?? { bytes: 1, sha256: "" };
    const wasm = new URL("duckdb/duckdb-eh.wasm", VENDOR);
    let loaded = 0;
    // The bytes are checked here; the worker then takes the same address from the browser's cache.
    await fetchBytes(wasm, sha256, (size) => {
      loaded += size;
      this.#onStatus(`Cargando el motor de consultas: ${Math.round((100 * loaded) / bytes)} %`);
    });
    this.#onStatus("Iniciando el motor de consultas…");
    const { AsyncDuckDB, VoidLogger, DuckDBDataProtocol } = await import(new URL("duckdb/duckdb.js", VENDOR).href);
    const { worker, failed, release } = startWorker();
    this.#worker = worker;
    /** @type {Database} */
    const database = new AsyncDuckDB(new VoidLogger(), worker);
    const start = async () => {
      await database.instantiate(wasm.href);
      await database.open({ path: ":memory:", query: { castTimestampToDate: false } });
      const connection = await database.connect();
      for (const statement of catalogueTable(this.#catalogue)) await connection.query(statement);
      return { database, connection, http: DuckDBDataProtocol.HTTP };
    };
    try {
      this.#running = await within(Promise.race([start(), failed]), BOOT_LIMIT, "El motor de consultas no respondió. Cierre otras pestañas o use un navegador más reciente.");
      return this.#running;
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      release();
    }
  }

  /**
   * @param {Running} running
   * @param {Entry} entry
   */
  async #register({ database, connection, http }, entry) {
    const { name, files } = entry;
    const total = files.reduce((sum, file) => sum + file.bytes, 0);
    const whole = total <= WHOLE_LIMIT;
    let loaded = 0;
    for (const { path, sha256 } of files) {
      const url = new URL(dated(path, sha256), DATA);
      if (whole) {
        const bytes = await fetchBytes(url, sha256, (size) => {
          loaded += size;
          const done = total ? `${Math.round((100 * loaded) / total)} %` : `${(loaded / 1e6).toLocaleString("es-CO", { maximumFractionDigits: 1 })} MB`;
          this.#onStatus(`Descargando ${name}: ${done}`);
        });
        await database.registerFileBuffer(path, bytes);
      } else {
        this.#ranged = true;
        await database.registerFileURL(path, url.href, http, false);
      }
    }
    for (const statement of entry.views()) await connection.query(statement);
    this.#registered.add(name);
  }

  /**
   * Run one statement; at most ROW_LIMIT rows come back.
   * @param {string} sql
   * @returns {Promise<Result & { milliseconds: number }>}
   */
  async run(sql) {
    if (!isRead(sql)) {
      throw new EngineError("Aquí solo se consulta. Empiece con SELECT, WITH, FROM, DESCRIBE o SUMMARIZE.");
    }
    const tables = await this.#read();
    const running = await this.#boot();
    for (const entry of named(sql, tables)) {
      if (!this.#registered.has(entry.name)) await this.#register(running, entry);
    }
    this.#onStatus("Consultando…");
    const started = performance.now();
    const limit = this.#ranged ? RANGE_QUERY_LIMIT : QUERY_LIMIT;
    try {
      const result = await within(rowsUpToLimit(running.connection, sql), limit, `La consulta tardó más de ${limit / 1000} segundos y se detuvo. Pida menos filas o un período más corto.`);
      return { ...result, milliseconds: performance.now() - started };
    } catch (error) {
      // A query that its reader stopped ends late, when a new engine may be at work: that one is left alone.
      if (error instanceof EngineError && this.#running === running) this.stop();
      throw error;
    }
  }

  /** End the engine at once; the next query starts a new one. */
  stop() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#running = null;
    this.#registered = new Set();
  }
}

/**
 * @param {Connection} connection
 * @param {string} sql
 * @returns {Promise<Result>}
 */
async function rowsUpToLimit(connection, sql) {
  const stream = await connection.send(sql);
  const batches = [];
  let rows = 0;
  let truncated = false;
  let schema = stream.schema;
  for await (const batch of stream) {
    schema ??= batch.schema;
    batches.push(batch);
    rows += batch.numRows;
    if (rows > ROW_LIMIT) {
      truncated = true;
      await connection.cancelSent().catch(() => undefined);
      break;
    }
  }
  const fields = (schema ?? stream.schema)?.fields ?? [];
  return { fields, batches, rows: Math.min(rows, ROW_LIMIT), truncated };
}
