#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/include/leyden/image.h"
#include "models/base/register_info.h"
#include "platform/compiler/plan.h"

namespace leyden::compiler {

/// The consecutive words of a unit's job registers, set field by field.
class JobWords {
 public:
  /// @param first offset of the unit's first job register
  /// @param where names the layer in messages
  JobWords(std::uint32_t first, unsigned words, std::string where);

  /// @throws base::UsageError when `value` does not fit the field
  void set(std::uint32_t offset, base::Field field, std::uint64_t value, const char* what);
  void set(std::uint32_t offset, std::uint32_t value);
  /// A step of `unit` (leyden_unit) and instance or channel that writes these words.
  leyden_step step(leyden_unit unit, unsigned instance) const;

 private:
  std::uint32_t first_;
  std::vector<std::uint32_t> words_;
  std::string where_;
};

/// Where a pass finds its operands in LMEM: bus addresses.
struct Operands {
  std::vector<std::uint32_t> inputs;  ///< of the first row that the pass needs, one an input
  std::uint32_t output = 0;           ///< of its first row and channel
  std::uint32_t partials = 0;         ///< of row splits: of the first part's first row
  std::uint32_t pixel_channels = 0;   ///< channels from an output pixel there to the next
};

/// Job of one tile in a pass. @param number of the job within the layer (TAG.TILE)
leyden_step cim_step(const Plan& plan, std::size_t layer, const Pass& pass, const Operands& at,
                     const Tile& tile, std::uint32_t number);

/// A pass of a vector layer, or the accumulation of a pass of a row-split layer.
leyden_step vector_step(const Plan& plan, std::size_t layer, const Pass& pass, const Operands& at);

/// A 2-D transfer. Strides and sizes in bytes.
struct Transfer {
  std::uint32_t source = 0;
  leyden_space source_space = LEYDEN_SPACE_BUS;
  std::uint32_t destination = 0;
  leyden_space destination_space = LEYDEN_SPACE_BUS;
  std::uint32_t row_bytes = 0;
  std::uint32_t rows = 1;
  std::uint32_t source_stride = 0;
  std::uint32_t destination_stride = 0;
};
leyden_step dma_step(unsigned channel, const Transfer& transfer);

}  // namespace leyden::compiler
