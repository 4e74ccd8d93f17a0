#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <tlm>

#include "models/base/archive.h"
#include "models/base/diagnostics.h"
#include "models/base/register_info.h"

namespace leyden::base {

/// Registers of one unit, addressed by byte offset. Enforces access rights: a write to a read-only
/// or reserved bit changes nothing and is reported; so is an access to an offset without register.
/// Writing back what a read-only bit reads, or 0 to it beside bits that can be written, is silent:
/// that is how software changes one field.
class RegisterBlock {
 public:
  /// Called after a write: `value` is the word as written (write-only bits included), `index` the
  /// array element. Called at kernel time + `delay` of the transaction.
  using WriteCallback = std::function<void(std::uint32_t value, unsigned index)>;
  /// Called before a read; returns the word to be read.
  using ReadCallback = std::function<std::uint32_t(unsigned index)>;

  /// @param base bus address of offset 0, for messages
  RegisterBlock(std::string name, const std::vector<RegisterInfo>& table, std::uint64_t base,
                Diagnostics& diagnostics);

  /// Offset of an array: the callback serves all its elements.
  void on_write(std::uint32_t offset, const WriteCallback& callback);
  void on_read(std::uint32_t offset, const ReadCallback& callback);

  /// The stored word, without side effects. Offset must name a register (array: of the element).
  std::uint32_t peek(std::uint32_t offset) const;
  void poke(std::uint32_t offset, std::uint32_t value);
  std::uint32_t field(std::uint32_t offset, Field field) const { return field.get(peek(offset)); }
  void set_field(std::uint32_t offset, Field field, std::uint32_t value) {
    poke(offset, field.set(peek(offset), value));
  }
  void reset();
  /// The stored words.
  void archive(Archive& a);

  /// A bus access as software makes it; rights, side effects and reports as above.
  std::uint32_t read(std::uint32_t offset);
  void write(std::uint32_t offset, std::uint32_t value);

  /// Serves a generic payload whose address is an offset into the block: 1-, 2- or 4-byte accesses
  /// inside one register, or whole consecutive words; byte enables and streaming width are refused
  /// with the proper response.
  void transport(tlm::tlm_generic_payload& payload);
  /// Debug transport: no side effects, no reports. The command TLM_IGNORE_COMMAND with data is a
  /// fault: bits that are 1 in the data flip in the stored words, as far as they can be read.
  /// @return bytes transferred; of a fault 0 where no word is stored
  unsigned transport_debug(tlm::tlm_generic_payload& payload);

 private:
  struct Slot {
    const RegisterInfo* info = nullptr;
    unsigned index = 0;
    std::uint32_t value = 0;
    WriteCallback written;
    ReadCallback reading;
  };
  Slot* find(std::uint32_t offset);
  const Slot& require(std::uint32_t offset) const;
  void write_lanes(std::uint32_t offset, std::uint32_t value, std::uint32_t lanes);
  static std::uint32_t flippable(const Slot& slot);
  bool shape_allowed(std::uint32_t address, unsigned length);
  void report_refused_bits(const Slot& slot, std::uint32_t value, std::uint32_t offset);
  void report_access(const std::string& text, std::uint32_t offset);
  static std::string full_name(const Slot& slot);

  std::string name_;
  std::uint64_t base_;
  Diagnostics& diagnostics_;
  std::vector<Slot> slots_;             ///< sorted by offset
  std::vector<std::uint32_t> offsets_;  ///< offset of slots_[i]
};

}  // namespace leyden::base
