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
  leyden_step step(leyden_unit unit, unsigned instance, std::uint32_t wait_mask) const;

 private:
  std::uint32_t first_;
  std::vector<std::uint32_t> words_;
  std::string where_;
};

/// Output rows [first, first + count) of a layer.
struct RowRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// Job of one tile over some output rows. @param number of the job within the layer (TAG.TILE)
leyden_step cim_step(const Plan& plan, std::size_t layer, const Tile& tile, const RowRange& rows,
                     std::uint32_t number, std::uint32_t wait_mask);

/// A vector layer as a whole, or the accumulation of some output rows of a row-split layer.
leyden_step vector_step(const Plan& plan, std::size_t layer, const RowRange& rows,
                        std::uint32_t wait_mask);

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
leyden_step dma_step(unsigned channel, const Transfer& transfer, std::uint32_t wait_mask);

}  // namespace leyden::compiler
