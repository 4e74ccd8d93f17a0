#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tlm>

#include "models/base/diagnostics.h"
#include "models/base/register_info.h"
#include "platform/cosim/difference.h"

// What blocks that are compared with their model have in common.
namespace leyden::cosim {

/// Of the model beside a block: the block warns itself.
class Silent : public base::Diagnostics {
 public:
  void report(base::Severity, const std::string&, const std::string&,
              std::optional<std::uint64_t>) override {}
};

/// Ends the run. @throws base::ModelError with the sentence
[[noreturn]] void end_run(const Difference& difference);

/// "register STATUS"; "register at offset 0xff0" where there is none.
std::string register_name(const std::vector<base::RegisterInfo>& table, std::uint32_t offset);

/// "a write of 4 bytes at 0x10"
std::string describe_access(bool write, std::uint64_t address, std::size_t bytes);

/// An access like another one with data of its own, to be made again.
class RepeatedAccess {
 public:
  explicit RepeatedAccess(const tlm::tlm_generic_payload& payload);
  RepeatedAccess(const RepeatedAccess&) = delete;
  RepeatedAccess& operator=(const RepeatedAccess&) = delete;

  tlm::tlm_generic_payload& payload() { return payload_; }
  const std::vector<std::uint8_t>& data() const { return data_; }

 private:
  std::vector<std::uint8_t> data_;
  tlm::tlm_generic_payload payload_;
};

}  // namespace leyden::cosim
