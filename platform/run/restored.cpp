#include "platform/run/restored.h"

#include <charconv>

#include "models/base/error.h"
#include "platform/chip/chip_parameters.h"
#include "platform/chip/usage.h"

namespace leyden::run {
namespace {

using base::UsageError;

std::string words(const std::string& text) { return text; }
std::string words(bool value) { return value ? "on" : "off"; }
template <typename Number>
std::string words(Number number) {
  return std::to_string(number);
}

template <typename Number>
bool reads_as(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && !text.empty();
}

std::uint32_t layer_of(const std::string& word, const compiler::Plan& plan) {
  if (word == "input") return chip::kInputLayer;
  if (word == "output") return chip::kOutputLayer;
  const auto& layers = plan.network.layers;
  std::vector<std::string> names = {"input", "output"};
  for (std::uint32_t i = 0; i < layers.size(); ++i) {
    if (layers[i].name == word) return i;
    names.push_back(layers[i].name);
  }
  std::uint32_t number = 0;
  if (reads_as(word, number) && number < layers.size()) return number;
  const std::string nearest = base::nearest_word(word, names);
  throw UsageError("--snapshot-at has the layer " + word + ", but the layers of " +
                   plan.network.name + " are 0 to " + std::to_string(layers.size() - 1) +
                   ", their names, input and output" +
                   (nearest.empty() ? "." : "; did you mean '" + nearest + "'?"));
}

std::string lines(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& line : list) text += line + "\n";
  return text;
}

std::vector<std::string> from_lines(const std::string& text) {
  std::vector<std::string> list;
  for (std::size_t first = 0; first < text.size();) {
    const std::size_t end = text.find('\n', first);
    list.push_back(text.substr(first, end - first));
    first = end + 1;
  }
  return list;
}

/// The first line in which two texts differ, of the second; "" when it has no more.
std::string first_difference(const std::string& a, const std::string& b) {
  std::size_t line = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (i >= a.size() || a[i] != b[i]) break;
    if (b[i] == '\n') line = i + 1;
  }
  const std::size_t first = b.find_first_not_of(' ', line);
  if (first == std::string::npos) return "";
  return b.substr(first, b.find('\n', first) - first);
}

}  // namespace

chip::ChipDescription restored_chip(const std::string& text, const std::string& origin,
                                    const std::string& asked, const chip::Overrides& set,
                                    const std::string& snapshot, const Resources& resources) {
  if (!set.empty() && asked.empty()) {
    throw UsageError("--set changes a chip, but the snapshot " + snapshot +
                     " has its own; leave it out, or give --chip and all that it was taken with.");
  }
  if (!asked.empty()) {
    const std::string here =
        chip::dump_chip_file(chip::load_chip_file(resources.chip(asked), chip::chip_scopes(), set));
    if (here != text) {
      throw UsageError("The snapshot " + snapshot + " was taken with another chip than " + asked +
                       " with its settings is here: they differ first in '" +
                       first_difference(here, text) + "'; leave out --chip and --set.");
    }
  }
  return chip::load_chip_text(text, origin, chip::chip_scopes());
}

Restored::Restored(const RunOptions& asked) : options_(asked) {
  if (asked.restore.empty()) return;
  base::Archive archive = open_snapshot(asked.restore);
  RunSnapshot& stored = stored_.emplace();
  archive_about(archive, "run", stored);
  // 1. What may not change.
  const auto keep = [&](const char* option, auto& value, const auto& kept) {
    if (asked.given.count(option) != 0 && value != kept) {
      refuse_option(asked.restore, option, words(value), words(kept));
    }
    value = kept;
  };
  std::string fidelity = to_string(asked.fidelity);
  keep("--fidelity", fidelity, to_string(stored.fidelity));
  options_.fidelity = stored.fidelity;
  keep("--first-image", options_.first_image, stored.first_image);
  keep("--images", options_.images, stored.images);
  keep("--die", options_.die, stored.die);
  keep("--calibration-images", options_.calibration_images, stored.calibration_images);
  std::string quantise = lines(asked.quantise);
  keep("--quantise", quantise, stored.quantise);
  options_.quantise = from_lines(stored.quantise);
  double input_scale = options_.input_codes.scale.value_or(0);
  keep("--input-scale", input_scale, stored.input_scale);
  if (input_scale > 0) options_.input_codes.scale = input_scale;
  std::int64_t zero_point = options_.input_codes.zero_point.value_or(-1);
  keep("--input-zero-point", zero_point, stored.input_zero_point);
  if (zero_point >= 0) options_.input_codes.zero_point = zero_point;
  keep("--max-cycles-per-image", options_.max_cycles_per_image, stored.max_cycles_per_image);
  keep("--check-reference", options_.check_reference, stored.check_reference);
  // 2. What may have moved: it must be the same, which check() finds out.
  if (asked.network.empty()) options_.network = stored.network;
  if (asked.data.empty()) options_.data = stored.data_folder;
  if (asked.given.count("--firmware") == 0) options_.firmware = stored.firmware;
}

chip::ChipDescription Restored::chip(const Resources& resources, std::string& origin) const {
  if (!stored_) {
    origin = resources.chip(options_.chip);
    return chip::load_chip_file(origin, chip::chip_scopes(), options_.set);
  }
  origin = stored_->chip_origin;
  return restored_chip(stored_->chip_text, origin, options_.chip, options_.set, options_.restore,
                       resources);
}

RunSnapshot Restored::about(const std::string& chip_text, const std::string& chip_origin,
                            const std::vector<std::uint8_t>& network_image, const DataSet& data,
                            const std::string& firmware) const {
  RunSnapshot about;
  about.chip_text = chip_text;
  about.chip_origin = chip_origin;
  about.network = lasting(options_.network);
  about.data = data_name();
  about.data_folder = absolute(options_.data);
  about.firmware = lasting(options_.firmware);
  about.first_image = options_.first_image;
  about.images = options_.images;
  about.calibration_images = options_.calibration_images;
  about.quantise = lines(options_.quantise);
  about.input_scale = options_.input_codes.scale.value_or(0);
  about.input_zero_point = options_.input_codes.zero_point.value_or(-1);
  about.fidelity = options_.fidelity;
  about.die = options_.die;
  about.max_cycles_per_image = options_.max_cycles_per_image;
  about.check_reference = options_.check_reference;
  about.network_image = fingerprint(network_image);
  about.test_images = fingerprint(data);
  about.firmware_file = fingerprint_of_file(firmware);
  return about;
}

void Restored::check(const RunSnapshot& about) const {
  if (!stored_) return;
  const std::string& snapshot = options_.restore;
  require_same(about.test_images, stored_->test_images,
               "The test images of " + options_.data + " are not what they were", snapshot);
  require_same(about.network_image, stored_->network_image,
               "The network " + options_.network + ", compiled with the data of " + options_.data +
                   ", is not what it was",
               snapshot);
  require_same(about.firmware_file, stored_->firmware_file,
               "The firmware " + options_.firmware + " is not what it was", snapshot);
}

void ask_for_snapshot(WorkerRequest& request, const RunOptions& options, RunSnapshot about,
                      const compiler::Plan& plan) {
  const std::string& place = options.snapshot_at;
  const std::size_t colon = place.find(':');
  std::uint32_t image = 0;
  if (colon == std::string::npos || !reads_as(place.substr(0, colon), image)) {
    throw UsageError("--snapshot-at is " + place +
                     ", but IMAGE:LAYER is right, the number of a test image and a layer.");
  }
  if (image < options.first_image || image - options.first_image >= options.images) {
    throw UsageError("--snapshot-at has the image " + std::to_string(image) +
                     ", but the run has images " + std::to_string(options.first_image) + " to " +
                     std::to_string(options.first_image + options.images - 1) + ".");
  }
  request.snapshot_image = image;
  request.snapshot_layer = layer_of(place.substr(colon + 1), plan);
  request.snapshot_file = absolute(options.snapshot);
  base::Archive archive;
  archive_about(archive, "run", about);
  request.snapshot_about = archive.contents();
}

}  // namespace leyden::run
