"""The card and the before/after page of an adaptation, from the rows and the result alone."""
import html

import torch

STYLE = """
body{font:14px/1.5 system-ui,sans-serif;color:#1d2733;background:#f6f7f9;margin:0}
main{max-width:1080px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:32px 0 10px}
p.what{color:#5a6675;margin:0 0 20px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px}
.card{background:#fff;border:1px solid #dfe4ea;border-radius:8px;padding:12px 14px}
.card b{display:block;font-weight:600;color:#5a6675;font-size:12px}
.card span{font-size:20px;font-variant-numeric:tabular-nums}.card i{font-style:normal;color:#8792a0}
.card em{display:block;font-style:normal;font-size:12px;color:#1b7f5c}
.box{background:#fff;border:1px solid #dfe4ea;border-radius:8px;padding:10px 14px;overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:4px 8px;text-align:right;border-bottom:1px solid #edf0f3;white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:#5a6675;font-weight:600;font-size:12px}
tr.total td{font-weight:600;border-top:2px solid #c9d1da;border-bottom:0}
td.old{color:#8792a0}
svg text{font:11px system-ui,sans-serif;fill:#3a4654}
li{margin:2px 0}code{background:#eceff3;padding:1px 4px;border-radius:3px;word-break:break-all}
.key{font-size:12px;color:#5a6675;margin:6px 0 0}
.key i{display:inline-block;width:10px;height:10px;border-radius:2px;margin:0 5px 0 12px}
"""
OLD, NEW = "#b9c3cf", "#1f77b4"
BAR_HEIGHT, BAR_GAP, LABEL_WIDTH, BAR_WIDTH = 7, 10, 120, 220


def escape(value):
    """Return text for HTML."""
    return html.escape(str(value), quote=True)


def change(old, new):
    """Return in words by how much a number fell or rose."""
    if not old:
        return ""
    share = new / old - 1
    return f"{100 * share:+.1f} %".replace("-", "−")


def card(title, old, new, pattern, note=""):
    """Return the HTML of one number before and after."""
    return (f"<div class=card><b>{escape(title)}</b><i>{pattern.format(old)} → </i>"
            f"<span>{pattern.format(new)}</span><em>{escape(note)}</em></div>")


def bars(rows, key, title, scale=1.0, pattern="{:,.0f}", full=None):
    """Return an SVG of two bars a layer.  full: the value that is the whole width."""
    rows = [row for row in rows if row["layer"] != "total"]
    most = full or max(max(row[f"{key}_before"], row[f"{key}_after"]) for row in rows) or 1
    pitch = 2 * BAR_HEIGHT + BAR_GAP
    parts = []
    for place, row in enumerate(rows):
        top = place * pitch
        parts.append(f"<text x={LABEL_WIDTH - 6} y={top + 11} text-anchor=end>"
                     f"{escape(row['layer'][-20:])}</text>")
        for index, (when, colour) in enumerate((("before", OLD), ("after", NEW))):
            value = row[f"{key}_{when}"]
            text = pattern.format(value * scale)
            width = BAR_WIDTH * value / most
            parts.append(f"<rect x={LABEL_WIDTH} y={top + index * BAR_HEIGHT} width={width:.1f} "
                         f"height={BAR_HEIGHT} fill='{colour}' rx=1><title>"
                         f"{escape(row['layer'])} {when}: {text}</title></rect>")
        both = " → ".join(pattern.format(row[f"{key}_{when}"] * scale)
                          for when in ("before", "after"))
        parts.append(f"<text x={LABEL_WIDTH + BAR_WIDTH + 8} y={top + 11}>{both}</text>")
    width = LABEL_WIDTH + BAR_WIDTH + 110
    return (f"<div class=box><b>{escape(title)}</b><br><svg width={width} "
            f"height={len(rows) * pitch + 4} role=img aria-label='{escape(title)}'>"
            f"{''.join(parts)}</svg><p class=key><i style='background:{OLD}'></i>before"
            f"<i style='background:{NEW}'></i>after</p></div>")


def curve_picture(curve):
    """Return an SVG of the held-out accuracy over the epochs, phases in two shades."""
    if not curve:
        return "<p>No epoch was trained.</p>"
    width, height, left, bottom = 760, 200, 44, 26
    values = [row["accuracy"] for row in curve]
    low, high = min(values), max(values)
    low, high = low - 0.05 * (high - low) - 0.1, high + 0.05 * (high - low) + 0.1
    step = (width - left - 10) / len(curve)

    def y_of(value):
        return 8 + (height - bottom - 8) * (high - value) / (high - low)

    parts = []
    for place, row in enumerate(curve):
        if row["phase"] == "shrink":
            parts.append(f"<rect x={left + place * step:.1f} y=8 width={step:.1f} "
                         f"height={height - bottom - 8} fill='#eef3f8'/>")
    for share in range(5):
        value = low + (high - low) * share / 4
        parts.append(f"<line x1={left} x2={width - 10} y1={y_of(value):.1f} y2={y_of(value):.1f} "
                     f"stroke='#e3e8ee'/><text x={left - 6} y={y_of(value) + 4:.1f} "
                     f"text-anchor=end>{value:.1f}</text>")
    points = " ".join(f"{left + (place + 0.5) * step:.1f},{y_of(value):.1f}"
                      for place, value in enumerate(values))
    parts.append(f"<polyline points='{points}' fill=none stroke='{NEW}' stroke-width=2 />")
    for place, row in enumerate(curve):
        parts.append(f"<circle cx={left + (place + 0.5) * step:.1f} cy={y_of(row['accuracy']):.1f} "
                     f"r=3 fill='{NEW}'><title>epoch {row['epoch']}, round {row['round']}, "
                     f"{row['phase']}: {row['accuracy']:.2f} %, loss {row['loss']:.4f}</title>"
                     "</circle>")
    parts.append(f"<text x={(width + left) / 2} y={height - 6} text-anchor=middle>epoch 1 to "
                 f"{len(curve)}; shaded: with the shrinking loss</text>")
    return f"<svg width={width} height={height} role=img aria-label=curve>{''.join(parts)}</svg>"


def chip_cards(result):
    """Return cards of what was measured on the chip."""
    runs = result["chip_runs"]
    if "before" not in runs or "after" not in runs:
        return "<p>Nothing was run on the chip.</p>"
    old, new = runs["before"], runs["after"]
    made = [card(title, old[key], new[key], pattern, note or change(old[key], new[key]))
            for title, key, pattern, note in (
                (f"accuracy, {new['images']} test images", "accuracy", "{:.2f} %",
                 f"fidelity {new['fidelity']}, {result['weight_bits']} b weights"),
                ("cycles an image", "cycles", "{:,.0f}", ""),
                ("cycles of weight loading", "load_cycles", "{:,.0f}", ""),
                ("energy an image", "energy_uj", "{:.2f} µJ", ""))]
    return f"<div class=cards>{''.join(made)}</div>"


def size_cards(result, rows):
    """Return cards of sizes and float accuracy."""
    total, numbers = rows[-1], result["float"]
    made = [
        card(f"float accuracy, {result['images']['test']:,} test images", numbers["test_before"],
             numbers["test_after"], "{:.2f} %",
             f"{numbers['test_after'] - numbers['test_before']:+.2f} points"),
        card("weights", total["weights_before"], total["weights_after"], "{:,}",
             change(total["weights_before"], total["weights_after"])),
        card("tiles", total["tiles_before"], total["tiles_after"], "{:,}",
             change(total["tiles_before"], total["tiles_after"])),
        card("cells used in the tiles", 100 * total["utilisation_before"],
             100 * total["utilisation_after"], "{:.1f} %")]
    return f"<div class=cards>{''.join(made)}</div>"


def quantised_box(result):
    """Return a paragraph about the training for the converters, if there was one."""
    trained = result["quantised"]
    if not trained:
        return ""
    return (f"<p>Then trained for {result['weight_bits']} b weights, {result['activation_bits']} b "
            f"codes and {trained['converter_bits']} b converters, {trained['epochs']} epochs: "
            f"{trained['held_out']:.2f} % of the held-out images in the chip's arithmetic, "
            f"{trained['held_out_noisy']:.2f} % with the errors of its circuits.</p>")


def table(rows):
    """Return the table of layers."""
    columns = (("channels", "channels", "{:,}"), ("weights", "weights", "{:,}"),
               ("tiles", "tiles", "{:,}"), ("rows", "rows", "{:,}"),
               ("columns", "columns", "{:,}"), ("utilisation", "used %", "{:.1f}"),
               ("load_cycles", "write cycles", "{:,}"), ("mvms", "MVMs", "{:,}"))
    head = "".join(f"<th colspan=2>{title}</th>" for _, title, _ in columns)
    lines = []
    for row in rows:
        cells = ""
        for key, _, pattern in columns:
            scale = 100 if key == "utilisation" else 1
            cells += (f"<td class=old>{pattern.format(scale * row[key + '_before'])}</td>"
                      f"<td>{pattern.format(scale * row[key + '_after'])}</td>")
        kind = " class=total" if row["layer"] == "total" else ""
        lines.append(f"<tr{kind}><td>{escape(row['layer'])}</td>{cells}</tr>")
    return (f"<div class=box><table><tr><th>layer</th>{head}</tr>{''.join(lines)}</table>"
            "<p class=key>grey: before. Rows and columns: of arrays, all tiles of the layer side "
            "by side. Used: cells that hold a weight, of those the tiles take.</p></div>")


def write_page(directory, result, rows, curve):
    """Write page.html: self-contained, without scripts."""
    notes = "".join(f"<li>{escape(note)}.</li>" for note in result["notes"]) \
        or "<li>Nothing is left to tell.</li>"
    goals = ", ".join(f"{key.replace('_', ' ')} ≤ {value:,.0f}"
                      for key, value in result["goals"].items())
    changes = "".join(f" with {escape(change)}" for change in result["changes"])
    text = f"""<!doctype html><html lang=en><meta charset=utf-8>
<meta name=viewport content="width=device-width">
<title>{escape(result['name'])} on {escape(result['chip'])}</title><style>{STYLE}</style><main>
<h1>{escape(result['name'])}, adapted to {escape(result['chip'])}</h1>
<p class=what>From <code>{escape(result['network'])}</code>{changes}. Goal: {escape(goals)}.</p>
<h2>Network</h2>{size_cards(result, rows)}
<h2>On the chip, through firmware</h2>{chip_cards(result)}
<h2>Layers</h2>{table(rows)}
<h2>Channels and cells used</h2>
<div class=cards style="grid-template-columns:repeat(auto-fit,minmax(440px,1fr))">
{bars(rows, "channels", "channels")}
{bars(rows, "utilisation", "cells used in the layer's tiles, %", 100, "{:.1f}", 1.0)}</div>
<h2>Training</h2><div class=box><b>accuracy on {result['images']['held_out']:,} held-out images,
%</b><br>{curve_picture(curve)}</div>
{quantised_box(result)}<h2>What could not be done, or should be known</h2><ul>{notes}</ul>
<h2>How</h2><p><code>{escape(result['command'])}</code></p></main></html>
"""
    (directory / "page.html").write_text(text, encoding="utf-8")


def write_card(directory, result, rows, curve):
    """Write card.md: what the network is, how it was made, what was measured."""
    total, numbers, images = rows[-1], result["float"], result["images"]
    runs = ""
    for when in ("before", "after"):
        run = result["chip_runs"].get(when)
        if run:
            runs += (f"| chip, {when}: accuracy of {run['images']} test images, {run['fidelity']} "
                     f"| {run['accuracy']:.2f} % |\n| chip, {when}: cycles, of them loading "
                     f"weights, energy | {run['cycles']:,.0f}, {run['load_cycles']:,.0f}, "
                     f"{run['energy_uj']:.2f} µJ |\n")
    trained = result["quantised"]
    if trained:
        runs += (f"| trained for {trained['converter_bits']} b converters: held-out accuracy in "
                 f"the chip's arithmetic, with its errors | {trained['held_out']:.2f} %, "
                 f"{trained['held_out_noisy']:.2f} % |\n")
    notes = "\n".join(f"- {note}" for note in result["notes"]) or "- nothing"
    minutes = sum(row["seconds"] for row in curve) / 60
    text = f"""# {result['name']}

Adapted to the arrays of `{result['chip']}` from `{result['network']}`.

| what | before | after |
|---|---|---|
| weights | {total['weights_before']:,} | {total['weights_after']:,} |
| tiles | {total['tiles_before']:,} | {total['tiles_after']:,} |
| cells of the tiles that hold a weight | {100 * total['utilisation_before']:.1f} % | \
{100 * total['utilisation_after']:.1f} % |
| float accuracy, {images['test']:,} test images | {numbers['test_before']:.2f} % | \
{numbers['test_after']:.2f} % |
| float accuracy, {images['held_out']:,} held-out images | {numbers['held_out_before']:.2f} % | \
{numbers['held_out_after']:.2f} % |

| what | value |
|---|---|
{runs}| weights, activations as exported | {result['weight_bits']} bits, \
{result['activation_bits']} bits |
| images to train | {images['train']:,} |
| command | `{result['command']}` |
| time | {minutes:.1f} min, {len(curve)} epochs, PyTorch {torch.__version__} |

Held-out images decided; the test images were looked at once, at the end. `layers.csv` has every
layer, `page.html` shows it.

What could not be done, or should be known:

{notes}
"""
    (directory / "card.md").write_text(text, encoding="utf-8")
