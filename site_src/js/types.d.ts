// Shapes that come from elsewhere: figures (pipeline/site/drawing/figure.py, spans.py, theme.py), Plotly, Pagefind, the API.

type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined };

interface Trace {
  type: string;
  y: (number | null)[];
  x?: (string | number)[];
  x0?: string | number;
  dx?: number;
  name?: string;
  stackgroup?: string;
  fill?: string;
  visible?: boolean;
  uid?: string;
}

interface Note {
  text: string;
  x?: string | number;
  y?: number;
  name?: string;
  xref?: string;
  yref?: string;
  xanchor?: string;
  yanchor?: string;
  xshift?: number;
  yshift?: number;
  showarrow?: boolean;
  font?: { size?: number; color?: string };
}

interface Axis {
  type?: string;
  range?: (string | number)[];
  autorange?: boolean;
  nticks?: number;
  tickfont?: { size?: number; color?: string };
}

interface Layout {
  xaxis?: Axis;
  yaxis?: Axis;
  annotations?: Note[];
  shapes?: { x0: string | number }[];
  template?: Template;
  separators?: string;
  margin?: { t: number; r: number; b: number; l: number; pad: number };
  height?: number;
  width?: number;
  dragmode?: string | false;
  paper_bgcolor?: string;
  plot_bgcolor?: string;
}

/** A chart narrowed to its last days: ranges of both axes and how far each end label moves up [px]. */
interface Span {
  x: [string, string];
  y: [number, number];
  shifts: number[];
}

interface Figure {
  data: Trace[];
  layout: Layout;
  spans?: Record<string, Span>;
}

interface Template {
  layout: { hoverlabel: { bgcolor: string } };
}

/** assets/plotly-template.json */
interface Shared {
  light: Template;
  dark: Template;
  palette: Record<string, [string, string]>;
  days: string[];
  months: string[];
}

/** What a figure says of itself, inside its image (pipeline/site/blocks/figure_kit.py). */
interface Told {
  id: string;
  title: string;
  subtitle?: string;
  page?: string;
  pageTitle: string;
  day?: string;
  until?: string;
  version: string;
  source: string;
  told?: string;
}

interface PlotlyBox extends HTMLElement {
  data: Trace[];
  layout: Required<Layout>;
}

interface Plotly {
  react(box: HTMLElement, data: Trace[], layout: Layout, config: object): Promise<unknown>;
  register(module: object): void;
  toImage(figure: object, options: { format: string; width: number; height: number }): Promise<string>;
}

interface Window {
  Plotly: Plotly;
}

interface Metric {
  id: string;
  titulo: string;
  tema: string;
  unidad: string;
  granularidad: string;
  agregacion_diaria: string;
  ponderada_por?: string | null;
  versionada?: boolean;
  entidades: string[];
}

/** A table of files that is no metric. */
interface PublishedTable {
  nombre: string;
  titulo: string;
  archivos: string[];
  columnas: Record<string, string>;
}

interface Part {
  metric: string;
  entity: string;
  path: string;
  address: string;
  rows: number;
  bytes: number;
  sha256: string;
}

interface Pagefind {
  options(options: object): Promise<void>;
  debouncedSearch(words: string, options: object, wait: number): Promise<{ results: { data(): Promise<Hit> }[] } | null>;
}

interface Hit {
  url: string;
  excerpt: string;
  meta: { title?: string };
}

/** What we use of Apache Arrow. */
/** A column of a query, with the name of its type in DuckDB. */
interface Column {
  name: string;
  type: string;
}

/** A query as it is asked again, and its columns. */
interface Described {
  sql: string;
  columns: Column[];
}

type FileKind = "csv" | "excel.csv" | "parquet";

interface Batch {
  numRows: number;
  schema: Schema;
  getChildAt(index: number): { get(row: number): unknown };
}

interface Schema {
  fields: { name: string; type: { toString(): string } }[];
}

/** What came of a query; `sql` is empty where its rows cannot be asked again. */
interface Result extends Described {
  batches: Batch[];
  rows: number;
  truncated: boolean;
}

interface Stream extends AsyncIterable<Batch> {
  schema: Schema | null;
}

interface Connection {
  query(sql: string): Promise<{ toArray(): Record<string, unknown>[] }>;
  send(sql: string): Promise<Stream>;
}

interface Database {
  instantiate(wasm: string): Promise<unknown>;
  open(options: object): Promise<void>;
  connect(): Promise<Connection>;
  registerFileBuffer(name: string, bytes: Uint8Array): Promise<void>;
  registerFileURL(name: string, url: string, protocol: number, direct: boolean): Promise<void>;
  copyFileToBuffer(name: string): Promise<Uint8Array<ArrayBuffer>>;
  dropFile(name: string): Promise<unknown>;
}

interface Notice {
  desde: string;
  titulo: string;
  texto: string;
}

interface Freshness {
  pie: string;
  avisos: Notice[];
  cita: Cited;
}

/** The newest value of a measure of a named thing (`api/v1/plantas.json`). */
interface Newest {
  medida: string;
  unidad: string;
  fecha: string;
  valor: number;
  porcentaje?: number;
}

/** What a citation names besides its page: the state of the data, and the newest report ("" without one). */
interface Cited {
  version: string;
  informe: string;
}

/** What `assets/vendor/editor.js` exports of CodeMirror (pipeline/site/assets.py). */
interface EditorView {
  state: { doc: { toString(): string; length: number } };
  dispatch(change: { changes: { from: number; to: number; insert: string } }): void;
  focus(): void;
}

type Extension = object;

interface CodeMirror {
  EditorView: {
    new (config: object): EditorView;
    theme(rules: object): Extension;
    contentAttributes: { of(attributes: Record<string, string>): Extension };
    updateListener: { of(listener: (update: { docChanged: boolean }) => void): Extension };
  };
  HighlightStyle: { define(rules: object[]): object };
  Prec: { highest(extension: Extension): Extension };
  keymap: { of(keys: object[]): Extension };
  tags: Record<string, object> & { special(tag: object | undefined): object };
  PostgreSQL: object;
  closeBracketsKeymap: object[];
  completionKeymap: object[];
  historyKeymap: object[];
  defaultKeymap: object[];
  history(): Extension;
  lineNumbers(): Extension;
  drawSelection(): Extension;
  bracketMatching(): Extension;
  closeBrackets(): Extension;
  autocompletion(): Extension;
  sql(config: object): Extension;
  syntaxHighlighting(style: object): Extension;
}

/** api/v1/metricas.json, as the Explorer reads it. */
interface Catalogue {
  metricas: (Metric & { ponderada_por: string | null })[];
  tablas: PublishedTable[];
}

/** api/v1/codigos.json */
interface Codes {
  origen: string;
  entidades: { id: string; nombre: string; plural: string }[];
  nombres: Record<string, Record<string, string>>;
  codigos: Record<string, string[]>;
  titulares: { serie: string; nombre: string; unidad: string; decimales: number; agregacion: string; granularidad: string }[];
  por_eventos: string[];
  /** By series: its forecasts. */
  pronosticos: Record<string, string[]>;
}

/** A part of the lake as datos/manifest.json names it. */
interface LakePart extends Part {
  entity: string;
  min_ts: string;
  max_ts: string;
  codes: number;
}

/** A series that can be asked for. `adds`: how its parts make a whole. */
interface Known {
  ref: string;
  metric: string;
  entity: string;
  code: string;
  name: string;
  unit: string;
  grain: "hourly" | "daily" | "monthly";
  adds: "sum" | "last" | "mean" | "weighted" | "none";
  weights: string;
  events: boolean;
  /** An hour without a row is one without anything: of what plants and agents add up to. */
  blanks: boolean;
}

/** Values as they are published, sorted by time [ms since 1970 of Colombia's clock]. States: 0 ok, 1 corrected, 2 doubtful, 3 preliminary. */
interface Values {
  at: Float64Array;
  value: Float64Array;
  state: Uint8Array;
  weight?: Float64Array;
}

/** One line of a chart: a value for every step, NaN where there is none. */
interface Line {
  name: string;
  unit: string;
  adds: Known["adds"];
  series: number;
  /** Where it stands on the axis [ms], and the moment that it is of. */
  x: Float64Array;
  at: Float64Array;
  value: Float64Array;
  state: Uint8Array;
  /** Whole days (hours of an hour's step, months of a monthly series) with data, and those of the step. */
  known: Int32Array;
  of: Int32Array;
  /** Time with data [days]. */
  covered: Float64Array;
  /** What `known` counts. */
  counts: "hour" | "day" | "month";
  /** What each place is called, where it is no moment. */
  labels?: string[];
  /** Of what is only expected: the forecast, and what it may be with so many percent, the widest last. */
  expected?: { id: string; bands: { share: number; low: Float64Array; high: Float64Array }[] };
}

type Step = "hora" | "dia" | "semana" | "mes" | "anio" | "12m";

/** What the reader asks for; all of it stands in the address. */
interface Question {
  series: string[];
  /** Days, or a number of last days. */
  from: string;
  until: string;
  last: number;
  step: Step;
  compare: "nada" | "anterior" | "periodo" | "parecidos" | "anios" | "pronostico";
  with: string;
  transform: "valor" | "porcentaje" | "indice" | "media" | "acumulado" | "pordia" | "diferencia" | "residuo";
  window: number;
  chart: "linea" | "barras" | "pilas" | "calor" | "duracion" | "dispersion" | "tabla";
  framed: boolean;
}
