#include "platform/compiler/image_reader.h"

#include <algorithm>
#include <cstring>

#include "models/base/error.h"
#include "platform/compiler/core_step.h"
#include "platform/compiler/image_writer.h"
#include "registers/cim.h"
#include "registers/dma.h"
#include "registers/memory_map.h"
#include "registers/vector.h"

namespace leyden::compiler {
namespace {

constexpr std::uint32_t kAllUnits = 0x0301ffffu;  // 16 CIM units, vector unit, 2 DMA channels

class Reader {
 public:
  Reader(const std::vector<std::uint8_t>& bytes, std::string where)
      : bytes_(bytes), where_(std::move(where)) {}

  ImageContents run() {
    read_header();
    read_list(header().layer_offset, header().layer_count, contents_.layers, "layers");
    read_list(header().step_offset, header().step_count, contents_.steps, "steps");
    check_range(header().load_first_step, header().load_step_count, "load steps");
    check_range(header().input_first_step, header().input_step_count, "input steps");
    check_range(header().output_first_step, header().output_step_count, "output steps");
    contents_.name = text(header().name_offset, "network's name");
    for (const leyden_layer& layer : contents_.layers) {
      check_range(layer.first_step, layer.step_count, "steps of a layer");
      contents_.layer_names.push_back(text(layer.name_offset, "name of a layer"));
      const std::uint64_t bytes = product(layer.out_width, layer.out_height, layer.out_channels);
      check_output(layer, bytes, "output of layer '" + contents_.layer_names.back() + "'");
    }
    for (const leyden_step& step : contents_.steps) check_step(step);
    if (header().output_addr != 0) {
      check_lmem(header().output_addr, header().output_bytes, "network's output");
    }
    if (header().result > LEYDEN_RESULT_NONE) {
      refuse("its header states a kind of result that does not exist");
    }
    return std::move(contents_);
  }

 private:
  const leyden_image_header& header() const { return contents_.header; }

  [[noreturn]] void refuse(const std::string& what) const {
    throw base::UsageError(where_ + ": " + what);
  }

  void read_header() {
    if (bytes_.size() < sizeof(leyden_image_header)) {
      refuse("is not a network image: " + std::to_string(bytes_.size()) +
             " bytes are less than its header");
    }
    std::memcpy(&contents_.header, bytes_.data(), sizeof(leyden_image_header));
    if (header().magic != LEYDEN_IMAGE_MAGIC) refuse("is not a network image: wrong magic");
    if (header().version != LEYDEN_IMAGE_VERSION) {
      refuse("image version " + std::to_string(header().version) +
             " is not supported; compile the "
             "network again for version " +
             std::to_string(LEYDEN_IMAGE_VERSION));
    }
    if (header().total_bytes != bytes_.size() || bytes_.size() % 16 != 0) {
      refuse("has " + std::to_string(bytes_.size()) + " bytes where its header states " +
             std::to_string(header().total_bytes) + " (a multiple of 16)");
    }
    if (header().crc32 != image_crc(bytes_)) {
      refuse("its checksum is wrong: the file is damaged; compile the network again");
    }
  }

  template <typename T>
  void read_list(std::uint32_t offset, std::uint32_t count, std::vector<T>& list,
                 const std::string& what) {
    const std::uint64_t bytes = std::uint64_t{count} * sizeof(T);
    if (offset % 4 != 0 || offset + bytes > bytes_.size()) {
      refuse("its " + what + " lie outside the image");
    }
    list.resize(count);
    if (count > 0) std::memcpy(list.data(), bytes_.data() + offset, bytes);
  }

  void check_range(std::uint32_t first, std::uint32_t count, const std::string& what) const {
    if (std::uint64_t{first} + count > contents_.steps.size()) {
      refuse("its " + what + " are not among the " + std::to_string(contents_.steps.size()) +
             " steps");
    }
  }

  std::string text(std::uint32_t offset, const std::string& what) const {
    const auto first = bytes_.begin() +
                       std::min<std::ptrdiff_t>(offset, static_cast<std::ptrdiff_t>(bytes_.size()));
    const auto end = std::find(first, bytes_.end(), std::uint8_t{0});
    if (end == bytes_.end()) refuse("the " + what + " does not end within the image");
    return {first, end};
  }

  static std::uint64_t product(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    constexpr std::uint64_t kMost = 0xffffffffu;  // saturates: more is outside LMEM anyway
    return std::min(std::min(a * b, kMost) * std::min(c, kMost), kMost);
  }

  void check_lmem(std::uint32_t address, std::uint64_t bytes, const std::string& what) const {
    const std::uint64_t base = registers::kLmemBase;
    if (address < base || address + bytes > base + header().lmem_bytes) {
      refuse("the " + what + " lies outside LMEM");
    }
  }

  void check_output(const leyden_layer& layer, std::uint64_t bytes, const std::string& what) const {
    const std::uint64_t end = layer.out_addr + bytes;
    switch (layer.out_space) {
      case LEYDEN_SPACE_BUS:
        return check_lmem(layer.out_addr, bytes, what);
      case LEYDEN_SPACE_OUTPUT:
        if (end > header().output_bytes) refuse("the " + what + " lies outside the output slot");
        return;
      case LEYDEN_SPACE_SCRATCH:
        if (end > header().scratch_bytes)
          refuse("the " + what + " lies outside the scratch region");
        return;
      default:
        refuse("the " + what + " lies in a space where no output may be");
    }
  }

  void check_step(const leyden_step& step) const {
    const std::uint32_t unit = step.unit & 0xffu;
    const std::uint32_t instance = step.unit >> 8 & 0xffu;
    if ((step.wait_mask & ~kAllUnits) != 0) refuse("a step waits for a unit that does not exist");
    switch (unit) {
      case LEYDEN_UNIT_CIM:
        check_words(step, registers::cim::kJobWords, instance < header().chip_macros);
        break;
      case LEYDEN_UNIT_VECTOR:
        check_words(step, registers::vector::kJobWords, instance == 0);
        break;
      case LEYDEN_UNIT_DMA:
        check_words(step, registers::dma::kJobWords, instance < 2);
        check_transfer(step);
        break;
      case LEYDEN_UNIT_CORE:
        check_core_step(step, header(), where_);
        break;
      default:
        refuse("a step names unit " + std::to_string(unit) + ", which does not exist");
    }
  }

  void check_words(const leyden_step& step, unsigned words, bool instance_good) const {
    if (!instance_good) refuse("a step names an instance or channel that does not exist");
    if (step.word_count != words) {
      refuse("a step has " + std::to_string(step.word_count) + " words where its unit takes " +
             std::to_string(words));
    }
  }

  void check_transfer(const leyden_step& step) const {
    const auto word = [&](std::uint32_t offset) {
      return step.words[(offset - registers::dma::kJobFirst) / 4];
    };
    const std::uint32_t source = step.spaces & 0xffu;
    const std::uint32_t destination = step.spaces >> 8 & 0xffu;
    if (source > LEYDEN_SPACE_SCRATCH || destination > LEYDEN_SPACE_SCRATCH ||
        destination == LEYDEN_SPACE_IMAGE || destination == LEYDEN_SPACE_INPUT ||
        (step.spaces >> 16) != 0) {
      refuse("a transfer names a space that does not exist, or writes into the image or the input");
    }
    const std::uint64_t rows = word(registers::dma::kRows);
    const auto end = [&](std::uint32_t first, std::uint32_t stride) {
      return word(first) + std::uint64_t{word(registers::dma::kRowBytes)} +
             (rows > 0 ? rows - 1 : 0) * std::uint64_t{word(stride)};
    };
    check_end(source, end(registers::dma::kSrc, registers::dma::kSrcStride), "reads");
    check_end(destination, end(registers::dma::kDst, registers::dma::kDstStride), "writes");
  }

  void check_end(std::uint32_t space, std::uint64_t end, const std::string& does) const {
    const auto beyond = [&](const std::string& what) {
      refuse("a transfer " + does + " beyond the end of the " + what);
    };
    if (space == LEYDEN_SPACE_IMAGE && end > bytes_.size()) beyond("image");
    if (space == LEYDEN_SPACE_INPUT && end > header().input_bytes) beyond("input");
    if (space == LEYDEN_SPACE_OUTPUT && end > header().output_bytes) beyond("output");
    if (space == LEYDEN_SPACE_SCRATCH && end > header().scratch_bytes) beyond("scratch region");
  }

  const std::vector<std::uint8_t>& bytes_;
  std::string where_;
  ImageContents contents_;
};

}  // namespace

ImageContents read_image(const std::vector<std::uint8_t>& bytes, const std::string& where) {
  return Reader(bytes, where).run();
}

}  // namespace leyden::compiler
