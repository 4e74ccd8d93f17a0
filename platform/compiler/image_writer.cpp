#include "platform/compiler/image_writer.h"

#include <cstring>
#include <limits>

#include <zlib.h>

#include "models/base/error.h"

namespace leyden::compiler {
namespace {

constexpr std::size_t kAlignment = 16;

/// Gives the parts of an image their offsets from its start, one behind the other.
class Layout {
 public:
  std::uint32_t reserve(std::size_t bytes) {
    const std::size_t offset = (end_ + kAlignment - 1) / kAlignment * kAlignment;
    if (offset + bytes > std::numeric_limits<std::uint32_t>::max() - kAlignment) {
      throw base::UsageError("the network image is larger than 4 GiB; a smaller network is needed");
    }
    end_ = offset + bytes;
    return static_cast<std::uint32_t>(offset);
  }
  std::uint32_t text(const std::string& text) { return reserve(text.size() + 1); }

 private:
  std::size_t end_ = 0;
};

/// The bytes of an image.
class Bytes {
 public:
  explicit Bytes(std::size_t count) : bytes_(count) {}
  void put(std::uint32_t offset, const void* data, std::size_t bytes) {
    if (bytes > 0) std::memcpy(bytes_.data() + offset, data, bytes);
  }
  void put(std::uint32_t offset, const std::string& text) {
    put(offset, text.c_str(), text.size() + 1);
  }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// All steps in one list; tells where each group begins.
class StepList {
 public:
  std::uint32_t add(const std::vector<leyden_step>& steps) {
    const auto first = static_cast<std::uint32_t>(steps_.size());
    steps_.insert(steps_.end(), steps.begin(), steps.end());
    return first;
  }
  /// Sources in space IMAGE count from the data section until here.
  void move_sources(std::uint32_t data_offset) {
    for (leyden_step& step : steps_) {
      if ((step.spaces & 0xffu) != LEYDEN_SPACE_IMAGE) continue;
      const bool core = (step.unit & 0xffu) == LEYDEN_UNIT_CORE;
      step.words[core ? LEYDEN_CORE_WORD_DATA : 0] += data_offset;
    }
  }
  const std::vector<leyden_step>& steps() const { return steps_; }

 private:
  std::vector<leyden_step> steps_;
};

std::uint32_t count(const std::vector<leyden_step>& steps) {
  return static_cast<std::uint32_t>(steps.size());
}

}  // namespace

std::uint32_t result_kind(const QuantNetwork& network) {
  if (network.classes == 0) return LEYDEN_RESULT_NONE;
  return network.class_is_code ? LEYDEN_RESULT_VALUE : LEYDEN_RESULT_HIGHEST;
}

std::uint32_t image_crc(const std::vector<std::uint8_t>& image) {
  constexpr std::size_t kHeader = sizeof(leyden_image_header);
  return static_cast<std::uint32_t>(
      crc32(0, image.data() + kHeader, static_cast<uInt>(image.size() - kHeader)));
}

ImageOffsets image_offsets(const QuantNetwork& network, const Schedule& schedule) {
  std::size_t steps = schedule.load.size() + schedule.input.size() + schedule.output.size();
  for (const std::vector<leyden_step>& layer : schedule.layers) steps += layer.size();
  Layout layout;
  ImageOffsets offsets;
  layout.reserve(sizeof(leyden_image_header));
  offsets.layers = layout.reserve(network.layers.size() * sizeof(leyden_layer));
  offsets.steps = layout.reserve(steps * sizeof(leyden_step));
  for (const QuantLayer& layer : network.layers) {
    offsets.layer_names.push_back(layout.text(layer.name));
  }
  offsets.name = layout.text(network.name);
  offsets.data = layout.reserve(schedule.data_bytes);
  offsets.total = layout.reserve(0);
  return offsets;
}

std::vector<std::uint8_t> write_image(const Plan& plan, const Schedule& schedule) {
  const QuantNetwork& network = plan.network;
  const ImageOffsets offsets = image_offsets(network, schedule);
  leyden_image_header header{};
  header.magic = LEYDEN_IMAGE_MAGIC;
  header.version = LEYDEN_IMAGE_VERSION;
  header.chip_rows = plan.geometry.rows;
  header.chip_columns = plan.geometry.columns;
  header.chip_macros = plan.geometry.macros;
  header.lmem_bytes = plan.geometry.lmem_bytes();

  StepList list;
  header.load_first_step = list.add(schedule.load);
  header.load_step_count = count(schedule.load);
  header.input_first_step = list.add(schedule.input);
  header.input_step_count = count(schedule.input);
  std::vector<leyden_layer> layers(network.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const QuantTensor& out = network.tensors[network.layers[i].output];
    layers[i].first_step = list.add(schedule.layers[i]);
    layers[i].step_count = count(schedule.layers[i]);
    layers[i].out_addr = plan.addresses[network.layers[i].output];
    layers[i].out_width = static_cast<std::uint32_t>(out.shape.width);
    layers[i].out_height = static_cast<std::uint32_t>(out.shape.height);
    layers[i].out_channels = static_cast<std::uint32_t>(out.shape.channels);
    layers[i].out_space = static_cast<std::uint32_t>(plan.homes[network.layers[i].output]);
  }
  header.output_first_step = list.add(schedule.output);
  header.output_step_count = count(schedule.output);

  header.layer_count = static_cast<std::uint32_t>(layers.size());
  header.layer_offset = offsets.layers;
  header.step_count = count(list.steps());
  header.step_offset = offsets.steps;
  header.name_offset = offsets.name;
  list.move_sources(offsets.data);
  Bytes bytes(offsets.total);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers[i].name_offset = offsets.layer_names[i];
    bytes.put(layers[i].name_offset, network.layers[i].name);
  }
  bytes.put(header.name_offset, network.name);
  bytes.put(header.layer_offset, layers.data(), layers.size() * sizeof(leyden_layer));
  bytes.put(header.step_offset, list.steps().data(), list.steps().size() * sizeof(leyden_step));
  bytes.put(offsets.data, schedule.data.data(), schedule.data.size());

  header.input_bytes = static_cast<std::uint32_t>(network.tensors[network.input].bytes());
  header.output_addr = plan.in_lmem(network.output) ? plan.addresses[network.output] : 0;
  header.scratch_bytes = plan.scratch_bytes;
  header.result = result_kind(network);
  header.output_bytes = static_cast<std::uint32_t>(network.tensors[network.output].bytes());
  std::vector<std::uint8_t> image = bytes.take();
  header.total_bytes = static_cast<std::uint32_t>(image.size());
  header.crc32 = image_crc(image);
  std::memcpy(image.data(), &header, sizeof header);
  return image;
}

}  // namespace leyden::compiler
