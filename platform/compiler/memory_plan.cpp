#include "platform/compiler/memory_plan.h"

#include <algorithm>

#include "models/base/error.h"
#include "platform/compiler/memory_search.h"

namespace leyden::compiler {
namespace {

constexpr unsigned kMostRounds = 3;  // of changing the stay of every tensor

class Planner {
 public:
  explicit Planner(Plan& plan) : plan_(plan), network_(plan.network), search_(plan) {}

  void run() {
    std::vector<Stay> stays;
    for (std::size_t t = 0; t < network_.tensors.size(); ++t) {
      stays.push_back(search_.last_read(t));
    }
    std::optional<MemoryChoice> best = search_.judge(stays);
    while (!best) {
      exile(stays, search_.stuck());
      best = search_.judge(stays);
    }
    improve(*best);
    finish(*best);
  }

 private:
  struct Exile {
    std::size_t tensor = 0;
    Stay stay = kNever;
    double cost = 0;  ///< bytes that travel more, by byte of LMEM
    bool passing = false;
    std::uint64_t bytes = 0;

    bool operator<(const Exile& other) const {
      if (cost != other.cost) return cost < other.cost;
      if (passing != other.passing) return passing;
      return bytes > other.bytes;
    }
  };

  std::uint64_t bytes(std::size_t tensor) const { return network_.tensors[tensor].bytes(); }

  /// Times a tensor travels between LMEM and off-chip memory.
  double travels(std::size_t tensor, Stay stay) const {
    double times = stay != kNever && tensor == network_.input ? 1 : 0;
    const bool at_home = stay == search_.last_read(tensor);
    if (tensor != network_.input && (!at_home || tensor == network_.output)) times += 1;
    for (const std::size_t reader : search_.readers(tensor)) {
      if (static_cast<Stay>(reader) > stay) times += 1;
    }
    return times;
  }

  /// Moves the tensor off chip whose exile costs the least and frees LMEM at `layer`.
  void exile(std::vector<Stay>& stays, std::size_t layer) const {
    std::vector<Exile> ways;
    for (std::size_t t = 0; t < stays.size(); ++t) {
      const bool lives = search_.writer(t) <= layer && search_.in_lmem(t, layer, stays);
      if (!lives || network_.input == network_.output) continue;
      const QuantLayer& at = network_.layers[std::min(layer, network_.layers.size() - 1)];
      const bool used = std::count(at.inputs.begin(), at.inputs.end(), t) > 0 || at.output == t;
      std::vector<Stay> options{kNever};
      for (const std::size_t reader : search_.readers(t)) {
        if (reader < layer && t != network_.output) options.push_back(static_cast<Stay>(reader));
      }
      for (const Stay stay : options) {
        ways.push_back({t, stay, travels(t, stay) - travels(t, stays[t]), !used, bytes(t)});
      }
    }
    if (ways.empty()) refuse(stays, layer);
    const Exile& chosen = *std::min_element(ways.begin(), ways.end());
    stays[chosen.tensor] = chosen.stay;
  }

  [[noreturn]] void refuse(const std::vector<Stay>& stays, std::size_t layer) const {
    if (network_.layers.empty()) {
      throw base::UsageError("the network's input of " + std::to_string(bytes(network_.input)) +
                             " bytes does not fit LMEM of " +
                             std::to_string(plan_.geometry.lmem_bytes()) +
                             " bytes; a chip with larger LMEM banks is needed");
    }
    const std::size_t index = std::min(layer, network_.layers.size() - 1);
    const QuantLayer& at = network_.layers[index];
    const bool matrix = network_.tensors[at.output].shape.height == 1;
    throw base::UsageError(
        "layer '" + at.name + "': " + (matrix ? "its whole input" : "one row of its output") +
        " with what belongs to it takes " +
        std::to_string(smallest_room(plan_, index, search_.needs(index, stays))) +
        " bytes of LMEM, and the chip's has " + std::to_string(plan_.geometry.lmem_bytes()) +
        "; a chip with larger LMEM banks is needed");
  }

  /// Other stays of single tensors, as long as one costs less.
  void improve(MemoryChoice& best) {
    for (unsigned round = 0; round < kMostRounds; ++round) {
      bool changed = false;
      for (std::size_t t = 0; t < network_.tensors.size(); ++t) {
        if (!worth_trying(t, best)) continue;
        std::vector<Stay> options{search_.last_read(t), kNever};
        for (const std::size_t reader : search_.readers(t)) {
          if (t != network_.output) options.push_back(static_cast<Stay>(reader));
        }
        for (const Stay stay : options) {
          if (stay == best.stays[t]) continue;
          std::vector<Stay> stays = best.stays;
          stays[t] = stay;
          auto other = search_.judge(stays);
          if (!other || other->cost >= best.cost) continue;
          best = std::move(*other);
          changed = true;
        }
      }
      if (!changed) return;
    }
  }

  /// It is off chip, or in LMEM beside a layer that has too little.
  bool worth_trying(std::size_t tensor, const MemoryChoice& best) const {
    if (network_.input == network_.output) return false;
    if (best.stays[tensor] != search_.last_read(tensor)) return true;
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      const bool lives = search_.writer(tensor) <= i && static_cast<Stay>(i) <= best.stays[tensor];
      if (lives && is_cramped(i, best.rooms[i])) return true;
    }
    return false;
  }

  bool is_cramped(std::size_t layer, const LayerRoom& room) const {
    const Shape& out = network_.tensors[network_.layers[layer].output].shape;
    return room.memory.slices_outer || room.buffer_bytes() > 0 || room.memory.read_bytes > 0 ||
           room.memory.written_bytes > 0 ||
           room.memory.stripe_rows != static_cast<std::uint64_t>(out.height);
  }

  void finish(const MemoryChoice& best) {
    search_.write(best.stays, best.places);
    std::uint64_t peak = 0;
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      LayerPlan& made = plan_.layers[i];
      const LayerRoom& room = best.rooms[i];
      made.memory = room.memory;
      made.part_stride = room.part_stride;
      made.table_address = room.table_address;
      const std::size_t output = network_.layers[i].output;
      if (plan_.copies[output].used) made.memory.written_bytes += bytes(output);
      peak = std::max(peak, room.peak_bytes);
      if (is_cramped(i, room) || plan_.copies[output].used) tell(i);
    }
    plan_.lmem_peak_bytes = static_cast<std::uint32_t>(peak);
  }

  void tell(std::size_t index) {
    const QuantLayer& layer = network_.layers[index];
    const LayerMemory& memory = plan_.layers[index].memory;
    const auto height = static_cast<std::uint32_t>(network_.tensors[layer.output].shape.height);
    std::string note = "layer '" + layer.name + "': LMEM does not hold all it needs, so it is done";
    if (memory.stripe_rows < height) {
      note += " in stripes of " + std::to_string(memory.stripe_rows) + " of " +
              std::to_string(height) + " output rows";
    } else {
      note += " in one stripe";
    }
    if (memory.slices_outer) note += ", tile columns one after the other";
    if (memory.copies > 1) note += ", the next brought while one is computed";
    note += "; " + std::to_string(memory.read_bytes) + " bytes come from and " +
            std::to_string(memory.written_bytes) + " bytes go to off-chip memory";
    plan_.notes.push_back(note);
  }

  Plan& plan_;
  const QuantNetwork& network_;
  MemorySearch search_;
};

}  // namespace

void place_tensors(Plan& plan) {
  const std::size_t tensors = plan.network.tensors.size();
  plan.addresses.assign(tensors, 0);
  plan.homes.assign(tensors, LEYDEN_SPACE_BUS);
  plan.copies.assign(tensors, {});
  Planner(plan).run();
}

}  // namespace leyden::compiler
