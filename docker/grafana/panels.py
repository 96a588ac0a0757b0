"""What panels and dashboards are made of. JSON as Grafana 9 and newer take it; make_dashboards.py says what is shown."""

DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH = 24  # of Grafana's grid
HEIGHT = 8
STAT_HEIGHT = 4

GREEN, YELLOW, RED = "green", "#EAB839", "red"


def thresholds(yellow=None, red=None):
    """Green below; with yellow above red, green is above: for what should not become small."""
    if yellow is None and red is None:
        return {"mode": "absolute", "steps": [{"color": GREEN, "value": None}]}
    if red is not None and yellow is not None and yellow > red:
        return {"mode": "absolute", "steps": [{"color": RED, "value": None}, {"color": YELLOW, "value": red},
                                              {"color": GREEN, "value": yellow}]}
    steps = [{"color": GREEN, "value": None}]
    steps += [{"color": YELLOW, "value": yellow}] if yellow is not None else []
    steps += [{"color": RED, "value": red}] if red is not None else []
    return {"mode": "absolute", "steps": steps}


def _targets(queries):
    """`queries`: an expression, or pairs of legend and expression."""
    pairs = [("", queries)] if isinstance(queries, str) else queries
    return [{"datasource": DATASOURCE, "refId": chr(ord("A") + i), "expr": expression,
             "legendFormat": legend or "__auto", "range": True}
            for i, (legend, expression) in enumerate(pairs)]


def _panel(kind, title, description, queries, unit, **more):
    return {"type": kind, "title": title, "description": description, "datasource": DATASOURCE,
            "targets": _targets(queries), "fieldConfig": {"defaults": {"unit": unit, **more}, "overrides": []}}


def graph(title, description, queries, unit, yellow=None, red=None, stack=False, minimum=0):
    """Lines over time; with thresholds, the limits are drawn too."""
    limits = yellow is not None or red is not None
    panel = _panel("timeseries", title, description, queries, unit, min=minimum, thresholds=thresholds(yellow, red),
                   custom={"lineWidth": 1, "fillOpacity": 20 if stack else 5, "showPoints": "never", "spanNulls": False,
                           "stacking": {"mode": "normal" if stack else "none", "group": "A"},
                           "thresholdsStyle": {"mode": "dashed" if limits else "off"}})
    panel["options"] = {"legend": {"showLegend": True, "displayMode": "table", "placement": "right",
                                   "calcs": ["lastNotNull", "max"]},
                        "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel


def stat(title, description, queries, unit, yellow=None, red=None, decimals=None):
    """One figure each, with its colour."""
    more = {} if decimals is None else {"decimals": decimals}
    panel = _panel("stat", title, description, queries, unit, thresholds=thresholds(yellow, red), **more)
    panel["options"] = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "background", "graphMode": "area",
                        "textMode": "auto"}
    return panel


def table(title, description, query, unit="none"):
    """The series of now, a row each: their labels are what matters."""
    panel = _panel("table", title, description, query, unit)
    panel["targets"][0].update(format="table", instant=True, range=False)
    panel["transformations"] = [{"id": "organize", "options": {"excludeByName": {"Time": True, "__name__": True}}}]
    return panel


def heatmap(title, description, query, unit):
    """How often each duration was, over time. `query` gives buckets by `le`."""
    panel = _panel("heatmap", title, description, query, unit)
    panel["targets"][0].update(format="heatmap", legendFormat="{{le}}")
    panel["options"] = {"calculate": False, "rowsFrame": {"layout": "auto"}, "showValue": "never", "cellGap": 1,
                        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": unit}, "legend": {"show": True},
                        "color": {"mode": "scheme", "scheme": "Spectral", "steps": 64, "exponent": 0.5, "fill": "dark-orange",
                                  "reverse": False},
                        "filterValues": {"le": 1e-9}, "tooltip": {"show": True, "yHistogram": False},
                        "exemplars": {"color": "rgba(255,0,255,0.7)"}}
    return panel


def variable(name, label, query):
    """A choice of several, all of them at first."""
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE,
            "query": {"query": query, "refId": name}, "definition": query, "refresh": 2, "sort": 1, "multi": True,
            "includeAll": True, "allValue": ".*", "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def _laid_out(rows):
    """Numbers the panels and gives each its place: stats in one line, graphs in twos or threes."""
    placed, y, number = [], 0, 0
    for title, panels in rows:
        number += 1
        placed.append({"type": "row", "title": title, "id": number, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
        y += 1
        x = line_height = 0
        small = sum(panel["type"] == "stat" for panel in panels)
        for panel in panels:
            number += 1
            is_stat = panel["type"] == "stat"
            width, height = (WIDTH // small, STAT_HEIGHT) if is_stat else (WIDTH // 2, HEIGHT)
            if x + width > WIDTH or (x and height != line_height):
                x, y = 0, y + line_height
            line_height = height
            placed.append({"id": number, "gridPos": {"x": x, "y": y, "w": width, "h": height}, **panel})
            x += width
        y += line_height
    return placed


def dashboard(uid, title, description, rows, variables=()):
    return {
        "uid": uid, "title": title, "description": description, "tags": ["parlor"], "schemaVersion": 38, "version": 1,
        "editable": False, "graphTooltip": 1, "refresh": "30s", "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser", "fiscalYearStartMonth": 0, "weekStart": "", "liveNow": False,
        "templating": {"list": list(variables)},
        "annotations": {"list": [{
            "name": "Alerts", "enable": True, "datasource": DATASOURCE, "iconColor": RED, "titleFormat": "{{alertname}}",
            "expr": 'ALERTS{alertstate="firing", alertname!="Watchdog"}', "step": "60s", "textFormat": "{{job}}"}]},
        "links": [{"type": "dashboards", "title": "Parlor", "tags": ["parlor"], "asDropdown": False, "keepTime": True,
                   "includeVars": False, "targetBlank": False, "icon": "external link", "url": ""}],
        "panels": _laid_out(rows),
    }
