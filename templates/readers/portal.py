"""Lee los datos del Portal Energético de Colombia desde Python.

    pip install pandas pyarrow {{ site_url or "https://…/" }}datos/lectores/portal_energetico-1.0-py3-none-any.whl

    import portal
    precio = portal.leer("PrecBolsNaci", desde="2026-01-01")            # hora por hora
    demanda = portal.leer("DemaReal", por_dia=True)                     # por día
    plantas = portal.leer("Gene", entidad="Recurso", codigos=["GTPE"])  # una planta
    portal.metricas("embalse")                                          # qué hay, buscado por palabras
    portal.titulares()                                                  # las cifras principales

Todo es de XM y SIMEM, en la unidad de la columna `unidad`. Las horas son de Colombia (UTC−5), sin zona, y marcan el
comienzo de la hora. Un valor que falta es una fila que falta. Cada archivo se comprueba con la huella (SHA-256) del
manifiesto antes de leerlo, y se guarda en una carpeta: la segunda vez no se descarga.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

__version__ = "1.0"
#: Dirección del portal; se puede cambiar aquí o con la variable PORTAL_SITIO.
SITIO = os.environ.get("PORTAL_SITIO", "{{ site_url }}")  # noqa: TID251 - this file stands alone
#: Donde se guardan los archivos ya comprobados.
CARPETA = Path(
    os.environ.get("PORTAL_CARPETA", Path(tempfile.gettempdir()) / "portal-energetico")  # noqa: TID251
)


class ErrorDelPortal(Exception):
    """Lo que no se pudo leer, y qué hacer."""


def metricas(palabras: str = "") -> pd.DataFrame:
    """Devuelve el catálogo (código, título, tema, unidad, granularidad, entidades), o lo que tiene las palabras."""
    todas = pd.DataFrame(_json("api/v1/metricas.json")["metricas"])
    for palabra in palabras.lower().split():
        texto = (todas["id"] + " " + todas["titulo"] + " " + todas["tema"]).str.lower()
        todas = todas[texto.str.contains(palabra, regex=False)]
    return todas[["id", "titulo", "tema", "unidad", "granularidad", "entidades"]].reset_index(drop=True)


def titulares() -> pd.DataFrame:
    """Devuelve las cifras principales de todos los días: fecha, serie, nombre, valor, unidad y estado."""
    partes = [
        pd.read_csv(io.BytesIO(_bytes(f"datos/csv/{nombre}")))
        if nombre.endswith(".csv")
        else pd.read_parquet(io.BytesIO(_bytes(f"datos/csv/{nombre}")))
        for nombre in _tabla("titulares")
    ]
    filas = pd.concat(partes, ignore_index=True)
    return filas.assign(fecha=pd.to_datetime(filas["fecha"], format="ISO8601"))


def leer(
    metrica: str,
    entidad: str = "",
    desde: str = "",
    hasta: str = "",
    codigos: Iterable[str] = (),
    por_dia: bool = False,
) -> pd.DataFrame:
    """Devuelve los valores de una métrica.

    Args:
        metrica: Código de XM, como `PrecBolsNaci`.
        entidad: `Sistema`, `Recurso`, `Agente`, `Embalse`, `Rio`…; si falta, `Sistema` o la única que haya.
        desde: Primer día (AAAA-MM-DD).
        hasta: Último día.
        codigos: Solo estas plantas, agentes, embalses…
        por_dia: Un valor por día, hecho de las horas como dice el catálogo.

    Returns:
        Una fila por valor: `entidad`, `codigo`, `hora` (o `dia` y `horas`, donde deben ser 24), `valor`, `unidad`,
        `estado`.

    Raises:
        ErrorDelPortal: La métrica o la entidad no existe, o un archivo no se pudo leer o no es el publicado.
    """
    catalogo = _json("api/v1/metricas.json")
    fichas = {ficha["id"]: ficha for ficha in catalogo["metricas"]}
    if metrica not in fichas:
        cerca = [codigo for codigo in fichas if codigo.lower() == metrica.lower()]
        raise ErrorDelPortal(
            f"No existe la métrica {metrica!r}. " + (f"¿{cerca[0]}?" if cerca else "Busque con portal.metricas('…').")
        )
    ficha = fichas[metrica]
    if ficha["granularidad"] == "lista":
        return pd.concat(_tablas(metrica, _entidad(ficha, entidad)), ignore_index=True)
    filas = _filas(ficha, _entidad(ficha, entidad), desde, hasta, tuple(codigos))
    if por_dia:
        filas = _dias(ficha, filas, desde, hasta, tuple(codigos))
    nombres = {
        "entity": "entidad",
        "code": "codigo",
        "ts": "hora",
        "day": "dia",
        "hours": "horas",
        "value": "valor",
        "quality": "estado",
    }
    momento = ["day", "hours"] if por_dia else ["ts"]
    columnas = ["entity", "code", *momento, "value", "unidad", "quality", *_version(ficha)]
    return filas.assign(unidad=ficha["unidad"])[columnas].rename(columns=nombres).reset_index(drop=True)


def _entidad(ficha: dict[str, Any], entidad: str) -> str:
    posibles = ficha["entidades"]
    elegida = entidad or ("Sistema" if "Sistema" in posibles else posibles[0] if len(posibles) == 1 else "")
    if elegida not in posibles:
        raise ErrorDelPortal(
            f"{ficha['id']} tiene estas entidades: {', '.join(posibles)}. Elija una: entidad='{posibles[0]}'."
        )
    return elegida


def _version(ficha: dict[str, Any]) -> list[str]:
    """La columna que distingue las versiones de liquidación, donde XM publica varias de cada hora."""
    return ["version"] if ficha["versionada"] else []


def _tablas(metrica: str, entidad: str, desde: str = "", fin: str = "9999") -> list[pd.DataFrame]:
    """Lee los archivos de una serie que tienen algo entre dos instantes."""
    nombres = _json("datos/series.json").get(f"{metrica}.{entidad}", {})
    return [
        pd.read_parquet(io.BytesIO(_bytes(_direccion(parte, nombres), parte["sha256"])))
        for parte in _json("datos/manifest.json")["parts"]
        if parte["metric"] == metrica
        and parte["entity"] == entidad
        and parte["rows"]
        and (parte["max_ts"] or "9999") >= desde
        and (parte["min_ts"] or "") <= fin
    ]


def _direccion(parte: dict[str, Any], nombres: dict[str, str]) -> str:
    """La dirección de un archivo de la serie, que no cambia de una noche a otra."""
    periodos = parte["path"].rpartition("/")[2].rpartition("-")[0]
    nombre = next((nombre for nombre, suyos in nombres.items() if suyos == periodos), None)
    if nombre is None:
        return f"datos/lake/{parte['path']}"
    unido = nombre if not nombre or nombre.startswith(".") else f"/{nombre}"
    return f"datos/series/{parte['metric']}.{parte['entity']}{unido}.parquet"


def _filas(ficha: dict[str, Any], entidad: str, desde: str, hasta: str, codigos: tuple[str, ...]) -> pd.DataFrame:
    fin = f"{hasta}T23:59:59" if hasta else "9999"
    columnas = ["entity", "code", "ts", "value", "quality", *_version(ficha)]
    tablas = _tablas(ficha["id"], entidad, desde, fin)
    if not tablas:
        return pd.DataFrame({nombre: [] for nombre in columnas})
    filas = pd.concat(tablas, ignore_index=True)[columnas]
    filas = filas.astype({"entity": "object", "code": "object", "quality": "object"})
    if codigos:
        filas = filas[filas["code"].isin(codigos)]
    if desde:
        filas = filas[filas["ts"] >= pd.Timestamp(desde)]
    if hasta:
        filas = filas[filas["ts"] <= pd.Timestamp(fin)]
    return filas.sort_values(["code", "ts"], kind="stable")


def _dias(ficha: dict[str, Any], filas: pd.DataFrame, desde: str, hasta: str, codigos: tuple[str, ...]) -> pd.DataFrame:
    """Hace los días de las horas: una suma, el último valor, un promedio o un promedio ponderado, según el catálogo."""
    filas = filas.assign(day=pd.to_datetime(filas["ts"]).dt.normalize())
    if ficha["granularidad"] != "horaria":
        return filas.assign(hours=pd.NA)
    peor = ["provisional", "doubtful", "corrected"]
    rango = {estado: lugar for lugar, estado in enumerate(peor)}
    if ficha["ponderada_por"] and len(filas):
        peso = {"id": ficha["ponderada_por"], "versionada": False}
        pesos = _filas(peso, filas["entity"].iloc[0], desde, hasta, codigos)
        filas = filas.merge(
            pesos[["code", "ts", "value", "quality"]], on=["code", "ts"], how="left", suffixes=("", "_peso")
        )
        abierta = filas["quality_peso"].isin(peor[:2])
        filas = filas.assign(
            quality=filas["quality_peso"].where(abierta, filas["quality"]), parte=filas["value"] * filas["value_peso"]
        )
    filas = filas.assign(rango=filas["quality"].map(rango).fillna(len(peor)))
    grupos = filas.groupby(["entity", "code", "day", *_version(ficha)], sort=True)
    if ficha["ponderada_por"] and len(filas):
        valor = (grupos["parte"].sum() / grupos["value_peso"].sum()).where(
            grupos["value_peso"].count() == grupos["value"].count()
        )
    else:
        valor = {"suma": grupos["value"].sum, "último valor": grupos["value"].last}.get(
            ficha["agregacion_diaria"], grupos["value"].mean
        )()
    dias = pd.DataFrame({"value": valor, "hours": grupos["value"].count(), "rango": grupos["rango"].min()}).dropna(
        subset=["value"]
    )
    dias = dias.assign(quality=dias["rango"].map(dict(enumerate(peor))).fillna("ok")).reset_index()
    if ficha["agregacion_diaria"] == "suma":  # XM deja en blanco la hora en que una planta o un agente no tuvo nada
        dias["hours"] = dias["hours"].where(dias["entity"] == "Sistema")
    return dias


def _tabla(nombre: str) -> list[str]:
    tablas = {tabla["nombre"]: tabla["archivos"] for tabla in _json("api/v1/metricas.json")["tablas"]}
    return [archivo.removeprefix("csv/") for archivo in tablas[nombre]]


def _json(camino: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(_bytes(camino))


def _bytes(camino: str, huella: str = "") -> bytes:
    """Descarga un archivo del portal; con huella, lo comprueba y lo guarda."""
    guardado = CARPETA / f"{huella}.parquet"
    if huella and guardado.is_file():
        contenido = guardado.read_bytes()
        if hashlib.sha256(contenido).hexdigest() == huella:
            return contenido
    if not SITIO.startswith(("http://", "https://")):
        raise ErrorDelPortal("Falta la dirección del portal: portal.SITIO = 'https://…/' o la variable PORTAL_SITIO.")
    direccion = f"{SITIO.rstrip('/')}/{camino}"
    try:
        with urllib.request.urlopen(direccion, timeout=60) as respuesta:  # noqa: S310 - http o https, visto arriba
            contenido = bytes(respuesta.read())
    except OSError as error:
        raise ErrorDelPortal(
            f"No se pudo leer {direccion}: {error}. Revise la red, o la dirección en portal.SITIO."
        ) from error
    if huella:
        if hashlib.sha256(contenido).hexdigest() != huella:
            raise ErrorDelPortal(f"{direccion} no es el archivo publicado: su huella es otra. Vuelva a intentarlo.")
        CARPETA.mkdir(parents=True, exist_ok=True)
        guardado.write_bytes(contenido)
    return contenido
