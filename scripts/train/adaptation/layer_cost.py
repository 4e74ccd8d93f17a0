"""What a network of given widths takes of the arrays of a chip."""
from dataclasses import dataclass, replace

from adaptation.arrays import divide_up
from adaptation.channels import depthwise


@dataclass(frozen=True)
class Cost:
    """Sums over layers.

    weights: numbers; held: cells that hold a weight; cells: cells of the tiles (rows of all
    units in use x columns in use); tiles: pieces of a layer in one array; load_cycles: in which the
    macro writes each tile once; mvms: dot products of a whole tile, one for each of its layer's
    positions (pixels of its output), as the report of a run counts them.
    """

    weights: int = 0
    held: int = 0
    cells: int = 0
    tiles: int = 0
    load_cycles: int = 0
    mvms: int = 0

    def __add__(self, other):
        return Cost(self.weights + other.weights, self.held + other.held,
                    self.cells + other.cells, self.tiles + other.tiles,
                    self.load_cycles + other.load_cycles, self.mvms + other.mvms)

    def __sub__(self, other):
        return Cost(self.weights - other.weights, self.held - other.held,
                    self.cells - other.cells, self.tiles - other.tiles,
                    self.load_cycles - other.load_cycles, self.mvms - other.mvms)

    @property
    def utilisation(self):
        """Return the share of the tiles' cells that hold a weight, 0..1."""
        return self.held / self.cells if self.cells else 0.0


def layer_positions(nodes, height, width):
    """Return the pixels of the output of every layer with weights, for images of height x width."""
    sizes, made = {"input": (height, width)}, {}
    for node in nodes:
        size = sizes[node.inputs[0]]
        if node.op == "conv":
            size = tuple((extent + 2 * node.pad - node.kernel) // node.stride + 1
                         for extent in size)
        elif node.op == "max_pool":
            size = tuple(extent // 2 for extent in size)
        elif node.op in ("mean", "linear"):
            size = (1, 1)
        sizes[node.name] = size
        if node.weighted:
            made[node.name] = size[0] * size[1]
    return made


class ArrayCost:
    """Costs of layers on a chip's arrays with weights of `bits` bits; results are kept.

    positions: of every layer by name (`layer_positions`); a layer without counts as one.
    """

    def __init__(self, arrays, bits, positions=None):
        self.arrays, self.bits = arrays, bits
        self.positions = positions or {}
        self.width = arrays.columns_per_weight(bits)
        self.per_tile = arrays.outputs_per_tile(bits)
        self.known = {}

    def of(self, node):
        """Return the Cost of a node with weights."""
        return self.sized(node, node.channels_in, node.channels)

    def sized(self, node, channels_in, channels):
        """Return the Cost of a node with other numbers of channels."""
        positions = self.positions.get(node.name, 1)
        key = (node.kernel, node.groups > 1 and node.name, channels_in, channels, positions)
        if key not in self.known:
            groups = channels if depthwise(node) else node.groups
            node = replace(node, channels_in=channels_in, channels=channels, groups=groups)
            cost = self.dense(node) if groups == 1 else self.grouped(node)
            self.known[key] = replace(cost, mvms=cost.tiles * positions)
        return self.known[key]

    def dense(self, node):
        """Return the Cost of a layer without groups in closed form."""
        arrays, outputs = self.arrays, node.channels
        rows = node.rows
        units = divide_up(rows, arrays.rows_per_unit)
        parts = divide_up(units, arrays.page_units)
        line = divide_up(units, parts) * arrays.rows_per_unit
        parts = divide_up(rows, line)
        step = arrays.column_step
        whole, rest = divmod(outputs, self.per_tile)
        columns = whole * divide_up(self.per_tile * self.width, step) * step \
            + divide_up(rest * self.width, step) * step
        across = whole + (rest > 0)
        return Cost(rows * outputs, rows * outputs * self.width, parts * line * columns,
                    parts * across, rows * across * arrays.row_cycles)

    def grouped(self, node):
        """Return the Cost of a layer with groups from its tiles."""
        tiles = self.arrays.tiles(node, self.bits)
        weights = node.rows * node.channels
        return Cost(weights, weights * self.width,
                    sum(tile.line_rows * tile.columns for tile in tiles), len(tiles),
                    sum(self.arrays.load_cycles(tile) for tile in tiles))

    def total(self, nodes):
        """Return the Cost of a network."""
        return sum((self.of(node) for node in nodes if node.weighted), Cost())
