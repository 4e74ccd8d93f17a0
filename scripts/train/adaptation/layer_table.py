"""What every layer has and takes, before and after: the rows of the report."""
import csv
import json

FIELDS = ("layer", "channels_before", "channels_after", "inputs_before", "inputs_after",
          "weights_before", "weights_after", "tiles_before", "tiles_after", "rows_before",
          "rows_after", "columns_before", "columns_after", "utilisation_before",
          "utilisation_after", "load_cycles_before", "load_cycles_after", "mvms_before",
          "mvms_after")


def side(node, array_cost):
    """Return what one layer has: channels, weights, tiles, rows and columns, utilisation, loading.

    rows and columns: of the arrays that its tiles take, all parts and pieces side by side;
    utilisation: cells that hold a weight of those that the tiles take; load_cycles: in which the
    macro writes each tile once; mvms: dot products of a whole tile for an image.
    """
    cost = array_cost.of(node)
    tiles = array_cost.arrays.tiles(node, array_cost.bits)
    rows = sum(tile.line_rows for tile in tiles if tile.output_first == tiles[0].output_first)
    columns = sum(tile.columns for tile in tiles if tile.part == 0)
    return {"channels": node.channels, "inputs": node.channels_in, "weights": cost.weights,
            "tiles": cost.tiles, "rows": rows, "columns": columns,
            "utilisation": round(cost.utilisation, 6), "load_cycles": cost.load_cycles,
            "mvms": cost.mvms}


def layer_rows(before, after, array_cost):
    """Return the rows of the report of two node tuples with the same names, a total at the end."""
    made = []
    for old, new in zip(before, after):
        if not old.weighted:
            continue
        row = {"layer": old.name}
        for when, node in (("before", old), ("after", new)):
            row.update({f"{key}_{when}": value for key, value in side(node, array_cost).items()})
        made.append({key: row[key] for key in FIELDS})
    total = {"layer": "total"}
    for when, nodes in (("before", before), ("after", after)):
        cost = array_cost.total(nodes)
        weighted = [node for node in nodes if node.weighted]
        total.update({
            f"channels_{when}": sum(node.channels for node in weighted),
            f"inputs_{when}": sum(node.channels_in for node in weighted),
            f"weights_{when}": cost.weights, f"tiles_{when}": cost.tiles,
            f"rows_{when}": sum(row[f"rows_{when}"] for row in made),
            f"columns_{when}": sum(row[f"columns_{when}"] for row in made),
            f"utilisation_{when}": round(cost.utilisation, 6),
            f"load_cycles_{when}": cost.load_cycles, f"mvms_{when}": cost.mvms})
    return [*made, {key: total[key] for key in FIELDS}]


def write_rows(rows, directory, more):
    """Write layers.csv and layers.json; `more` are further keys of the JSON."""
    with open(directory / "layers.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    text = json.dumps({**more, "layers": rows}, indent=1) + "\n"
    (directory / "layers.json").write_text(text, encoding="utf-8")


def printed(rows):
    """Return the table as lines of text."""
    head = ("layer", "channels", "weights", "tiles", "rows", "columns", "utilisation %",
            "load cycles", "MVMs")
    keys = ("channels", "weights", "tiles", "rows", "columns", "utilisation", "load_cycles", "mvms")
    lines = [head]
    for row in rows:
        cells = [row["layer"]]
        for key in keys:
            old, new = row[f"{key}_before"], row[f"{key}_after"]
            text = "{:.1f} -> {:.1f}".format(100 * old, 100 * new) if key == "utilisation" \
                else f"{old:,} -> {new:,}"
            cells.append(text)
        lines.append(cells)
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return ["  ".join(cell.ljust(width) if not place else cell.rjust(width)
                      for place, (cell, width) in enumerate(zip(line, widths))) for line in lines]
