// Version, errors, chips.
#include <sstream>
#include <string>

#include "platform/golden/calls.h"
#include "platform/golden/chip_scopes.h"

using leyden::golden::call;
using leyden::golden::call_with;
using leyden::golden::check_pointer;
using leyden::golden::check_range;
using leyden::golden::clear;
using leyden::golden::Failure;
using leyden::golden::GoldenChip;

namespace {

std::string version_text(std::uint32_t version) {
  return std::to_string(version >> 16) + "." + std::to_string(version & 0xffff);
}

leyden::chip::Overrides words_of(const char* overrides) {
  leyden::chip::Overrides words;
  std::istringstream text(overrides == nullptr ? "" : overrides);
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

leyden::base::Fidelity fidelity_of(std::int32_t fidelity) {
  if (fidelity == LEYDEN_IDEAL) return leyden::base::Fidelity::kIdeal;
  if (fidelity == LEYDEN_QUANTISED) return leyden::base::Fidelity::kQuantised;
  if (fidelity == LEYDEN_ANALOG) return leyden::base::Fidelity::kAnalog;
  throw Failure(LEYDEN_BAD_VALUE,
                "fidelity is " + std::to_string(fidelity) +
                    ", but 0 (ideal), 1 (quantised) or 2 (analog) would be right.");
}

/// @param load  makes the description
template <typename Load>
leyden_status open(const char* what, const char* name, std::int32_t fidelity, std::uint32_t die,
                   leyden_chip** chip, Load&& load) {
  if (chip != nullptr) *chip = nullptr;
  return call([&] {
    check_pointer(name, what);
    check_pointer("chip", chip);
    const leyden::base::Fidelity exactness = fidelity_of(fidelity);
    *chip = leyden::golden::open_handle(std::make_shared<GoldenChip>(load(), exactness, die));
  });
}

}  // namespace

extern "C" {

uint32_t leyden_golden_version(void) { return LEYDEN_GOLDEN_VERSION; }

leyden_status leyden_golden_check(uint32_t header_version) {
  return call([&] {
    const std::uint32_t own = LEYDEN_GOLDEN_VERSION;
    if (header_version >> 16 == own >> 16 && header_version <= own) return;
    throw Failure(
        LEYDEN_BAD_VERSION,
        "The program was built with leyden_golden.h of version " + version_text(header_version) +
            ", but the library is version " + version_text(own) + ": a library of version " +
            std::to_string(header_version >> 16) + "." + std::to_string(header_version & 0xffff) +
            " or a later " + std::to_string(header_version >> 16) + ".x would be right.");
  });
}

const char* leyden_last_error(void) { return leyden::golden::last_sentence(); }

const char* leyden_status_name(leyden_status status) {
  static const char* const kNames[] = {
      "LEYDEN_OK",        "LEYDEN_NULL_POINTER", "LEYDEN_BAD_HANDLE",  "LEYDEN_BAD_VALUE",
      "LEYDEN_BAD_CHIP",  "LEYDEN_OUTSIDE",      "LEYDEN_REFUSED",     "LEYDEN_BAD_VERSION",
      "LEYDEN_NO_MEMORY", "LEYDEN_MODEL",        "LEYDEN_UNSUPPORTED", "LEYDEN_INTERNAL"};
  const auto count = static_cast<leyden_status>(sizeof kNames / sizeof *kNames);
  return status >= 0 && status < count ? kNames[status] : "LEYDEN_UNKNOWN";
}

leyden_status leyden_open(const char* path, const char* overrides, int32_t fidelity, uint32_t die,
                          leyden_chip** chip) {
  return open(path, "path", fidelity, die, chip, [&] {
    return leyden::chip::load_chip_file(path, leyden::golden::chip_scopes(), words_of(overrides));
  });
}

leyden_status leyden_open_text(const char* text, const char* overrides, int32_t fidelity,
                               uint32_t die, leyden_chip** chip) {
  return open(text, "text", fidelity, die, chip, [&] {
    return leyden::chip::load_chip_text(text, "the text", leyden::golden::chip_scopes(),
                                        words_of(overrides));
  });
}

leyden_status leyden_close(leyden_chip* chip) {
  return call([&] {
    if (chip != nullptr) leyden::golden::close_handle(chip);
  });
}

leyden_status leyden_parameter(leyden_chip* chip, const char* key, double* value) {
  clear(value);
  return call_with(chip, [&](GoldenChip& golden) {
    check_pointer("key", key);
    check_pointer("value", value);
    if (!golden.parameters().has(key)) {
      std::vector<std::string> known;
      for (const auto& entry : golden.parameters().all()) known.push_back(entry.first);
      const std::string nearest = leyden::base::nearest_word(key, known);
      throw Failure(LEYDEN_BAD_VALUE,
                    "The chip file has no key '" + std::string(key) + "'" +
                        (nearest.empty() ? "." : "; did you mean '" + nearest + "'?"));
    }
    *value = golden.parameters().real(key);
  });
}

leyden_status leyden_set_draws(leyden_chip* chip, uint32_t die, uint32_t image, uint32_t layer) {
  return call_with(chip, [&](GoldenChip& golden) {
    check_range("layer", layer, 0, 0xffff);
    golden.set_draws({{die, image}, layer});
  });
}

}  // extern "C"
