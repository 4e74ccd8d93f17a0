#include "platform/compiler/memory_plan.h"

#include <algorithm>

#include "models/base/error.h"
#include "platform/compiler/lmem_allocator.h"
#include "registers/memory_map.h"

namespace leyden::compiler {
namespace {

constexpr std::uint64_t kPartialBytes = 4;  // one word an output and part

class Placer {
 public:
  explicit Placer(Plan& plan)
      : plan_(plan), network_(plan.network), lmem_(plan.geometry), last_read_(find_last_reads()) {
    plan_.addresses.assign(network_.tensors.size(), 0);
    plan_.homes.assign(network_.tensors.size(), LEYDEN_SPACE_BUS);
  }

  void run() {
    place_tensor(network_.input, 0);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) place_layer(i);
    plan_.lmem_peak_bytes = static_cast<std::uint32_t>(lmem_.peak());
  }

 private:
  std::vector<std::size_t> find_last_reads() const {
    std::vector<std::size_t> last(network_.tensors.size(), 0);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      for (const std::size_t tensor : network_.layers[i].inputs) last[tensor] = i;
    }
    last[network_.output] = network_.layers.size();
    return last;
  }

  static std::uint32_t bus_address(std::uint32_t offset) {
    return static_cast<std::uint32_t>(registers::kLmemBase) + offset;
  }
  std::uint32_t offset_of(std::size_t tensor) const {
    return plan_.addresses[tensor] - bus_address(0);
  }

  [[noreturn]] void refuse(const std::string& what, std::uint64_t bytes) const {
    throw base::UsageError(what + " needs " + std::to_string(bytes) + " bytes, and LMEM of " +
                           std::to_string(plan_.geometry.lmem_bytes()) + " bytes has " +
                           std::to_string(plan_.geometry.lmem_bytes() - lmem_.used_bytes()) +
                           " free at that layer; a chip with larger LMEM banks is needed");
  }

  void place_tensor(std::size_t tensor, unsigned bank) {
    const QuantTensor& made = network_.tensors[tensor];
    const auto offset = lmem_.allocate(made.bytes(), bank);
    if (!offset) {
      refuse("tensor '" + made.name + "' of shape " + to_string(made.shape), made.bytes());
    }
    plan_.addresses[tensor] = bus_address(*offset);
  }

  void place_layer(std::size_t index) {
    const QuantLayer& layer = network_.layers[index];
    LayerPlan& made = plan_.layers[index];
    const unsigned other = 1 - std::min(1u, lmem_.bank_of(offset_of(layer.inputs[0])));
    place_tensor(layer.output, other);
    if (const std::uint64_t bytes = made.table_bytes(); bytes > 0) {
      const auto offset = lmem_.allocate(bytes, 1 - other);
      // The core can read its weights where the image lies, if slowly.
      const bool in_image = layer.kind == LayerKind::kCore;
      if (!offset && !in_image) refuse("layer '" + layer.name + "': its table", bytes);
      if (offset) made.table_address = bus_address(*offset);
    }
    if (made.split()) place_partials(layer, other, made);
    if (made.table_address != 0) lmem_.release(made.table_address - bus_address(0));
    if (made.split()) lmem_.release(made.partial_address - bus_address(0));
    for (std::size_t t = 0; t < network_.tensors.size(); ++t) {
      const bool read = std::count(layer.inputs.begin(), layer.inputs.end(), t) > 0;
      if (read && last_read_[t] == index) lmem_.release(offset_of(t));
    }
  }

  void place_partials(const QuantLayer& layer, unsigned bank, LayerPlan& made) {
    const Shape& out = network_.tensors[layer.output].shape;
    const std::uint64_t row_bytes =
        static_cast<std::uint64_t>(out.width * out.channels) * kPartialBytes;
    auto rows = static_cast<std::uint64_t>(out.height);
    while (true) {
      // Parts are aligned like tensors; the register holds the distance between them.
      const std::uint64_t stride = (rows * row_bytes + 15) / 16 * 16;
      const auto offset = lmem_.allocate(stride * made.mapping.parts, bank);
      if (offset) {
        made.partial_address = bus_address(*offset);
        made.part_stride = static_cast<std::uint32_t>(stride);
        made.chunk_rows = static_cast<std::uint32_t>(rows);
        return;
      }
      if (rows == 1) {
        refuse("layer '" + layer.name + "': one row of its partial sums",
               stride * made.mapping.parts);
      }
      rows = (rows + 1) / 2;
    }
  }

  Plan& plan_;
  const QuantNetwork& network_;
  LmemAllocator lmem_;
  std::vector<std::size_t> last_read_;  ///< layer that reads a tensor last
};

}  // namespace

void place_tensors(Plan& plan) { Placer(plan).run(); }

}  // namespace leyden::compiler
