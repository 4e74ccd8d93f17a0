#include "platform/compiler/copy_share.h"

#include <algorithm>

namespace leyden::compiler {
namespace {

std::uint32_t narrow(std::int64_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

Share share_of(const Plan& plan, std::size_t index, const Pass& pass, const Operands& at,
               unsigned copy) {
  const unsigned copies = plan.layers[index].mapping.copies;
  if (copies == 1) return {pass, at};
  const QuantLayer& layer = plan.network.layers[index];
  const Shape& in = plan.network.tensors[layer.inputs[0]].shape;
  const Shape& out = plan.network.tensors[layer.output].shape;
  const std::uint32_t can_begin =
      narrow((in.height - 1 + layer.window.pad_top) / layer.window.stride_y + 1);
  const std::uint32_t shared = std::min(pass.rows.end(), can_begin) - pass.rows.first;
  const std::uint32_t first = shared * copy / copies;
  const std::uint32_t end = copy + 1 == copies ? pass.rows.count : shared * (copy + 1) / copies;

  Share share{pass, at};
  share.pass.rows = {pass.rows.first + first, end - first};
  if (share.pass.rows.count == 0) return share;
  for (std::size_t k = 0; k < pass.inputs.size(); ++k) {
    InputRows& input = share.pass.inputs[k];
    input = input_rows(layer, in, out, share.pass.rows);
    share.at.inputs[k] +=
        (input.rows.first - pass.inputs[k].rows.first) * narrow(in.width * in.channels);
  }
  const std::uint32_t pixels = first * narrow(out.width);
  share.at.output += pixels * at.pixel_channels;
  share.at.partials += pixels * pass.output_count * kPartialBytes;
  return share;
}

}  // namespace leyden::compiler
