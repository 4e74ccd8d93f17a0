#include "platform/compiler/occupancy.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>

namespace leyden::compiler {
namespace {

// Lengths in pixels.
constexpr unsigned kPanelWidth = 336;
constexpr unsigned kPanelHeight = 240;
constexpr unsigned kGap = 28;
constexpr unsigned kTitle = 44;
constexpr unsigned kLegendRow = 18;
constexpr unsigned kLegendColumn = 216;
constexpr double kLetter = 6.0;  // width of a letter of 10 pixels' height
constexpr std::size_t kMostLetters = 26;
constexpr std::size_t kPanelsARow = 4;

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string shortened(const std::string& text, std::size_t most) {
  return text.size() <= most ? text : text.substr(0, most - 2) + "..";
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

/// Colours far apart for neighbours: hues by the golden angle, lightness in turn.
std::string colour(std::size_t n) {
  const auto hue = static_cast<unsigned>(std::fmod(static_cast<double>(n) * 137.508 + 205, 360));
  return "hsl(" + std::to_string(hue) + ",58%," +
         (n % 3 == 0   ? "68%"
          : n % 3 == 1 ? "76%"
                       : "60%") +
         ")";
}

class Picture {
 public:
  explicit Picture(const Plan& plan)
      : plan_(plan), g_(plan.geometry), occupancy_(macro_occupancy(plan)) {
    for (std::size_t i = 0; i < plan.layers.size(); ++i) {
      if (plan.layers[i].mapping.tiles.empty()) continue;
      const std::size_t n = layers_.size();
      layers_[i] = colour(n);
    }
  }

  std::string draw() {
    const std::size_t across = std::min<std::size_t>(g_.macros, kPanelsARow);
    const std::size_t down = (g_.macros + across - 1) / across;
    const std::size_t width =
        std::max<std::size_t>(2 * kGap + 3 * kLegendColumn, kGap + across * (kPanelWidth + kGap));
    const std::size_t columns = (width - 2 * kGap) / kLegendColumn;
    const std::size_t legend = (layers_.size() + columns - 1) / columns * kLegendRow + kLegendRow;
    const std::size_t panels = down * (kPanelHeight + kTitle + kGap);
    out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\""
         << kTitle + panels + legend + kGap << "\" font-family=\"sans-serif\" font-size=\"10\">\n"
         << "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
         << "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
            "patternTransform=\"rotate(45)\"><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" "
            "stroke=\"black\" stroke-opacity=\"0.45\" stroke-width=\"2\"/></pattern></defs>\n"
         << "<text x=\"" << kGap << "\" y=\"28\" font-size=\"16\">"
         << escaped(shortened(plan_.network.name, 60)) << ": weights in the arrays, " << g_.units()
         << " units of " << g_.rows_per_unit << " rows down, " << g_.columns
         << " columns across</text>\n";
    for (unsigned macro = 0; macro < g_.macros; ++macro) {
      panel(macro, kGap + macro % across * (kPanelWidth + kGap),
            kTitle + macro / across * (kPanelHeight + kTitle + kGap) + kTitle);
    }
    draw_legend(kTitle + panels + kLegendRow, columns);
    out_ << "</svg>\n";
    return out_.str();
  }

 private:
  void panel(unsigned macro, std::size_t left, std::size_t top) {
    const MacroOccupancy& o = occupancy_[macro];
    const auto percent = [&](std::uint64_t cells) {
      return std::to_string((cells * 100 + o.cells / 2) / o.cells) + " %";
    };
    out_ << "<text x=\"" << left << "\" y=\"" << top - 20 << "\" font-size=\"12\">macro " << macro
         << "</text>\n<text x=\"" << left << "\" y=\"" << top - 6 << "\" fill=\"#444\">resident "
         << percent(o.resident) << ", shared by streamed " << percent(o.shared)
         << ", holding weights " << percent(o.used) << "</text>\n<rect x=\"" << left << "\" y=\""
         << top << "\" width=\"" << kPanelWidth << "\" height=\"" << kPanelHeight
         << "\" fill=\"#f4f4f4\" stroke=\"#444\"/>\n";
    for (unsigned page = 1; page < g_.pages; ++page) {
      const double y = double(top) + double(kPanelHeight) * page / g_.pages;
      out_ << "<line x1=\"" << left << "\" x2=\"" << left + kPanelWidth << "\" y1=\"" << number(y)
           << "\" y2=\"" << number(y) << "\" stroke=\"#444\" stroke-dasharray=\"4 3\"/>\n";
    }
    // Streamed tiles first: of those that share a place the last one is seen, with their number.
    for (const bool resident : {false, true}) {
      for (const LayerPlan& layer : plan_.layers) {
        for (const Tile& tile : layer.mapping.tiles) {
          if (tile.macro == macro && tile.resident == resident) draw_tile(tile, left, top);
        }
      }
    }
  }

  void draw_tile(const Tile& tile, std::size_t left, std::size_t top) {
    const double x = double(left) + double(kPanelWidth) * tile.column_first / g_.columns;
    const double y = double(top) + double(kPanelHeight) * tile.unit_first / g_.units();
    const double w = double(kPanelWidth) * tile.columns / g_.columns;
    const double h = double(kPanelHeight) * tile.units / g_.units();
    const TileFill fill = tile_fill(plan_, tile);
    const std::string& name = plan_.network.layers[tile.layer].name;
    const auto rect = [&](const std::string& paint) {
      out_ << "<rect x=\"" << number(x) << "\" y=\"" << number(y) << "\" width=\"" << number(w)
           << "\" height=\"" << number(h) << "\" fill=\"" << paint << "\" stroke=\"#222\" "
           << "stroke-width=\"0.7\">";
    };
    rect(layers_.at(tile.layer));
    out_ << "<title>" << escaped(name) << ": outputs " << tile.output_first << " to "
         << tile.output_first + tile.output_count - 1 << ", part " << tile.part << ", copy "
         << tile.copy << (tile.resident ? "" : ", loaded for every image") << "</title></rect>\n";
    if (!tile.resident) {
      rect("url(#hatch)");
      out_ << "</rect>\n";
    }
    // A word where it fits; the tile's tool tip has all of it.
    const std::string share = std::to_string(std::lround(fill.fill * 100)) + " %";
    const auto letters = static_cast<std::size_t>(std::max(0.0, (w - 6) / kLetter));
    if (letters < 4 || h < 12 || hidden(tile)) return;
    const std::string shown = shortened(name, std::min(letters, kMostLetters));
    text(x + 3, y + 10, shown);
    if (h >= 24) {
      text(x + 3, y + 21, share);
    } else if (shown.size() + share.size() + 1 <= letters) {
      text(x + w - 3 - kLetter * double(share.size()), y + 10, share);
    }
  }

  /// Whether a tile drawn later lies over the corner where this one's name would be.
  bool hidden(const Tile& tile) const {
    bool later = false;
    for (const LayerPlan& layer : plan_.layers) {
      for (const Tile& other : layer.mapping.tiles) {
        later = later || &other == &tile;
        const bool over = other.macro == tile.macro && other.unit_first <= tile.unit_first &&
                          other.unit_first + other.units > tile.unit_first &&
                          other.column_first <= tile.column_first &&
                          other.column_first + other.columns > tile.column_first;
        if (later && &other != &tile && over && !tile.resident) return true;
      }
    }
    return false;
  }

  void text(double x, double y, const std::string& words) {
    out_ << "<text x=\"" << number(x) << "\" y=\"" << number(y)
         << "\" paint-order=\"stroke\" stroke=\"white\" stroke-width=\"2\">" << escaped(words)
         << "</text>\n";
  }

  void draw_legend(std::size_t top, std::size_t columns) {
    std::size_t n = 0;
    for (const auto& [layer, paint] : layers_) {
      const std::size_t x = kGap + n % columns * kLegendColumn;
      const std::size_t y = top + n / columns * kLegendRow;
      const LayerMapping& mapping = plan_.layers[layer].mapping;
      std::size_t streamed = 0;
      for (const Tile& tile : mapping.tiles) streamed += tile.resident ? 0 : 1;
      std::string words = shortened(plan_.network.layers[layer].name, 16) + " (" +
                          std::to_string(mapping.tiles.size()) +
                          (mapping.tiles.size() == 1 ? " tile" : " tiles");
      if (streamed > 0) words += ", " + std::to_string(streamed) + " streamed";
      out_ << "<rect x=\"" << x << "\" y=\"" << y - 9 << "\" width=\"11\" height=\"11\" fill=\""
           << paint << "\" stroke=\"#222\" stroke-width=\"0.7\"/>\n<text x=\"" << x + 16
           << "\" y=\"" << y << "\">" << escaped(words) << ")</text>\n";
      ++n;
    }
    const std::size_t y = top + (n + columns - 1) / columns * kLegendRow;
    out_ << "<text x=\"" << kGap << "\" y=\"" << y
         << "\" fill=\"#444\">Percent: cells that hold a weight, of those the tile takes. Hatched: "
            "loaded for every image; places may be shared.</text>\n";
  }

  const Plan& plan_;
  const ChipGeometry& g_;
  std::vector<MacroOccupancy> occupancy_;
  std::map<std::size_t, std::string> layers_;
  std::ostringstream out_;
};

}  // namespace

std::vector<MacroOccupancy> macro_occupancy(const Plan& plan) {
  const ChipGeometry& g = plan.geometry;
  std::vector<MacroOccupancy> macros(g.macros);
  // Cells that streamed tiles share are counted once: a mark a unit and column.
  std::vector<std::vector<bool>> shared(
      g.macros, std::vector<bool>(std::size_t{g.units()} * g.columns, false));
  for (MacroOccupancy& macro : macros) macro.cells = std::uint64_t{g.rows} * g.columns;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    for (const Tile& tile : plan.layers[i].mapping.tiles) {
      if (tile.resident) {
        const unsigned width = g.layout(plan.network.layers[i].weight_bits).width();
        macros[tile.macro].resident += tile.area() * g.rows_per_unit;
        macros[tile.macro].used += std::uint64_t{tile.window_count} * tile.output_count * width;
        continue;
      }
      for (unsigned u = tile.unit_first; u < tile.unit_first + tile.units; ++u) {
        std::fill_n(shared[tile.macro].begin() +
                        static_cast<std::ptrdiff_t>(std::size_t{u} * g.columns + tile.column_first),
                    tile.columns, true);
      }
    }
  }
  for (unsigned m = 0; m < g.macros; ++m) {
    macros[m].shared =
        static_cast<std::uint64_t>(std::count(shared[m].begin(), shared[m].end(), true)) *
        g.rows_per_unit;
  }
  return macros;
}

TileFill tile_fill(const Plan& plan, const Tile& tile) {
  const unsigned width = plan.geometry.layout(plan.network.layers[tile.layer].weight_bits).width();
  TileFill fill;
  fill.idle_columns = tile.columns - tile.output_count * width;
  fill.idle_rows = tile.units * plan.geometry.rows_per_unit - tile.window_count;
  fill.fill = static_cast<double>(tile.output_count) * width * tile.window_count /
              (static_cast<double>(tile.area()) * plan.geometry.rows_per_unit);
  return fill;
}

std::string occupancy_picture(const Plan& plan) { return Picture(plan).draw(); }

}  // namespace leyden::compiler
