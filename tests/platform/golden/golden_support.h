#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "leyden_golden.h"
#include "models/cim/job_words.h"

namespace leyden::golden_test {

/// An open chip of a preset; closed with the object.
class Chip {
 public:
  Chip(const std::string& preset, const std::string& overrides, std::int32_t fidelity,
       std::uint32_t die = 0) {
    const std::string path = "configs/chips/" + preset + ".yaml";
    EXPECT_EQ(leyden_open(path.c_str(), overrides.c_str(), fidelity, die, &handle_), LEYDEN_OK)
        << leyden_last_error();
  }
  ~Chip() { EXPECT_EQ(leyden_close(handle_), LEYDEN_OK); }
  Chip(const Chip&) = delete;
  Chip& operator=(const Chip&) = delete;

  operator leyden_chip*() const { return handle_; }
  double parameter(const char* key) const {
    double value = 0;
    EXPECT_EQ(leyden_parameter(handle_, key, &value), LEYDEN_OK) << leyden_last_error();
    return value;
  }

 private:
  leyden_chip* handle_ = nullptr;
};

/// Random words of 32 bits, the same everywhere.
class Draws {
 public:
  explicit Draws(unsigned seed) : engine_(seed) {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }
  std::uint32_t from(std::uint32_t low, std::uint32_t high) {
    return low + (*this)() % (high - low + 1);
  }

 private:
  std::mt19937 engine_;
};

using Bytes = std::vector<std::uint8_t>;
inline constexpr std::uint32_t kLmem = 0x20000000;
inline constexpr std::uint32_t kOutput = 0x20008000;

inline Bytes random_bytes(Draws& random, std::size_t count) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Random cells everywhere, entries of gain 1/8 to 8 around mid-scale of 8 bits.
inline Bytes random_table(Draws& random, std::size_t entries) {
  Bytes bytes;
  for (std::size_t i = 0; i < entries; ++i) {
    const std::uint32_t gamma = 32 + random() % 2000;
    const std::uint32_t word = gamma | (16u * (random() % 255)) << 16;
    for (unsigned k = 0; k < 4; ++k) bytes.push_back(static_cast<std::uint8_t>(word >> 8 * k));
  }
  return bytes;
}

/// A job that a macro of `units` units of `rows_per_unit` rows takes.
inline cim::DecodedJob random_job(Draws& random, unsigned rows_per_unit, unsigned units,
                                  unsigned columns, const std::array<unsigned, 3>& bits,
                                  unsigned columns_per_output, bool partial) {
  const auto from = [&](unsigned low, unsigned high) { return random.from(low, high); };
  cim::DecodedJob decoded;
  cim::Job& job = decoded.job;
  decoded.in_address = kLmem + from(0, 31);
  decoded.out_address = kOutput + 4 * from(0, 7);
  job.kernel_width = from(1, 3);
  job.kernel_height = from(1, 3);
  job.stride_x = from(1, 2);
  job.stride_y = from(1, 2);
  job.dilation_x = from(1, 2);
  job.in_width = from(5, 9);
  job.in_height = from(5, 9);
  job.in_channels = from(1, 6);
  job.in_pixel_stride = job.in_channels + from(0, 2);
  job.pad_left = from(0, 1);
  job.pad_top = from(0, 1);
  job.out_width = from(1, 5);
  job.out_height = from(1, 5);
  job.window_count = from(1, std::min(job.window(), rows_per_unit * units));
  job.window_first = from(0, job.window() - job.window_count);
  job.unit_count = from((job.window_count + rows_per_unit - 1) / rows_per_unit, units);
  job.unit_first = from(0, units - job.unit_count);
  job.outputs = from(1, std::min(16u, columns / columns_per_output));
  job.column_first = from(0, columns - job.outputs * columns_per_output);
  job.in_bits = bits[0];
  job.weight_bits = bits[1];
  job.out_bits = bits[2];
  job.partial = partial;
  job.tile = from(0, 65535);
  job.abn_first = from(0, 8);
  job.pad_value = static_cast<std::uint8_t>(from(0, (1u << job.in_bits) - 1));
  job.out_pixel_stride = job.position_bytes() + 4 * from(0, 2);
  return decoded;
}

}  // namespace leyden::golden_test
