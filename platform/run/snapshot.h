#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/archive.h"
#include "models/base/fidelity.h"
#include "platform/run/data_set.h"

namespace leyden::run {

/// What tells a file from another without keeping it.
struct Fingerprint {
  std::uint64_t bytes = 0;
  std::uint32_t crc32 = 0;

  bool operator==(const Fingerprint& other) const {
    return bytes == other.bytes && crc32 == other.crc32;
  }
  void archive(base::Archive& a) { a(bytes, crc32); }
};
Fingerprint fingerprint(const std::vector<std::uint8_t>& bytes);
/// Of inputs and labels, as one.
Fingerprint fingerprint(const DataSet& data);
Fingerprint fingerprint_of_file(const std::string& path);

/// What a snapshot of `leyden exec` tells beside the chip's state.
struct ExecSnapshot {
  std::string chip_text;  ///< effective configuration, as dump_chip_file writes it
  std::string chip_origin;
  std::string program;  ///< a name, or an absolute path
  Fingerprint program_file;
  base::Fidelity fidelity = base::Fidelity::kIdeal;
  std::uint32_t die = 0;

  void archive(base::Archive& a);
};

/// What a snapshot of `leyden run` tells beside the chip's state and the results so far.
struct RunSnapshot {
  std::string chip_text;
  std::string chip_origin;
  std::string network;      ///< a name, or an absolute path
  std::string data;         ///< as it was given, which the report repeats
  std::string data_folder;  ///< absolute
  std::string firmware;     ///< a name, or an absolute path
  std::uint64_t first_image = 0;
  std::uint64_t images = 0;
  std::uint64_t calibration_images = 0;
  std::string quantise;                ///< as the command line gave it, a line each
  double input_scale = 0;              ///< 0: not asked for
  std::int64_t input_zero_point = -1;  ///< -1: not asked for
  base::Fidelity fidelity = base::Fidelity::kIdeal;
  std::uint32_t die = 0;
  std::uint64_t max_cycles_per_image = 0;
  bool check_reference = false;
  Fingerprint network_image;  ///< as compiled
  Fingerprint test_images;
  Fingerprint firmware_file;

  void archive(base::Archive& a);
};

/// Opens a snapshot. @throws base::UsageError
base::Archive open_snapshot(const std::string& path);
/// Writes one, wholly or not at all. @throws base::UsageError
void write_snapshot(const std::string& path, base::Archive& archive);
/// Before a run: nobody wants to be told after it. @throws base::UsageError
void check_snapshot_path(const std::string& path);

/// The part of a snapshot that tells what it is one of.
/// @param command "run" or "exec"; @throws base::UsageError when it is one of the other
template <typename About>
void archive_about(base::Archive& a, std::string command, About& about) {
  const std::string wanted = command;
  a(command);
  if (command != wanted) {
    a.refuse("it is one of leyden " + command + "; restore it with leyden " + command +
             " --restore");
  }
  a.section("about", [&] { a(about); });
}

/// A path that means the same from another folder.
std::string absolute(const std::string& path);
/// A name as it is; a path made absolute.
std::string lasting(const std::string& name_or_path);

/// Refuses an option that was given and is another one than the snapshot's.
/// @param option "--die"; @param given_value, stored_value in words
[[noreturn]] void refuse_option(const std::string& snapshot, const std::string& option,
                                const std::string& given_value, const std::string& stored_value);
/// Refuses a file that is another one than when the snapshot was taken.
/// @param what "The program x is not what it was"
void require_same(const Fingerprint& found, const Fingerprint& stored, const std::string& what,
                  const std::string& snapshot);

}  // namespace leyden::run
