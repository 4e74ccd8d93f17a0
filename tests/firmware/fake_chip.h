#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace leyden::firmware {

/// How a run ended; thrown by the fake finisher.
struct Finished {
  bool passed;
  std::uint32_t code;
};
/// The core sleeps and nothing will ever wake it.
struct Asleep {};

/// A chip made of functions: registers of the units the runtime uses, with a clock that moves only
/// while the core sleeps. One at a time; firmware reaches it through leyden/mmio.h.
class FakeChip {
 public:
  struct Input {
    std::uint32_t bytes = 784;
    std::uint32_t output_room = 10;
    std::vector<std::uint8_t> output;  ///< put into LMEM at `output_address` when it is posted
  };
  enum class What { kStart, kLayerBegin, kLayerEnd, kDone, kFail };
  struct Event {
    What what;
    std::uint32_t value;  ///< kStart: bit of a wait mask; else the word written
    std::uint64_t time;
    std::vector<std::uint32_t> words;  ///< kStart: job registers
    std::uint32_t running;             ///< units not yet done or not yet acknowledged, as a mask
  };

  FakeChip();
  ~FakeChip();

  std::uint32_t read(std::uint32_t address);
  void write(std::uint32_t address, std::uint32_t value);
  void write_lmem(std::uint32_t address, std::uint8_t value) {
    lmem_[address - 0x20000000] = value;
    core_writes.push_back({time, address});
  }
  const void* memory(std::uint32_t address);
  void sleep();

  // What the chip is.
  std::uint32_t image_address = 0x40001000;
  std::uint32_t image_bytes = 0;
  std::vector<std::uint8_t> image;
  std::uint32_t rows = 1152, columns = 256, macros = 2, lmem_bytes = 65536;
  std::uint32_t output_address = 0x20000102;
  bool output_in_slot = false;  ///< an input's output lies in its slot, LMEM has none
  /// Cycles of the n-th job started; the code of its error, 0 for none.
  std::function<std::uint64_t(std::size_t)> duration = [](std::size_t) { return 10; };
  std::function<std::uint32_t(std::size_t)> error = [](std::size_t) { return 0; };
  std::deque<Input> inputs;
  bool guards = false;            ///< there are a watchdog and error codes
  std::uint32_t ecc_status = 0;   ///< SYSCTL's ECC_STATUS; raises its interrupt
  std::uint32_t ecc_address = 0;  ///< what ECC_SRAM_ADDR and ECC_LMEM_ADDR read
  std::function<void()> on_post;  ///< an input is being posted, or nullptr

  // What happened.
  std::vector<Event> events;
  std::string uart;
  std::uint64_t time = 0;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> core_writes;  ///< time, LMEM address
  std::uint32_t claims_of_nothing = 0;
  std::uint32_t watchdog_load = 0;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> feeds;   ///< time, cycles until it bites
  std::vector<std::pair<std::uint32_t, std::uint32_t>> scrubs;  ///< SRAM address, word
  std::vector<std::string> mistakes;                            ///< what no firmware may do

 private:
  struct Unit {
    bool busy = false, done = false, failed = false, irq_enable = false;
    std::uint64_t end = 0;
    std::uint32_t error_code = 0, next_error = 0;
    std::map<std::uint32_t, std::uint32_t> job;
  };
  bool find_unit(std::uint32_t address, std::uint32_t& bit, std::uint32_t& offset) const;
  void start(std::uint32_t bit);
  void write_unit(std::uint32_t bit, std::uint32_t offset, std::uint32_t value);
  std::uint32_t pending() const;  ///< PLIC sources that are raised, enabled and not claimed
  void log(What what, std::uint32_t value);
  std::uint32_t read_mailbox(std::uint32_t offset);
  std::uint32_t slot() const { return 0x4c000000 + 0x100 * posted_; }
  void write_mailbox(std::uint32_t offset, std::uint32_t value);
  void post_when_idle();

  std::map<std::uint32_t, Unit> units_;  // by bit of a wait mask
  std::vector<std::uint8_t> lmem_;
  std::uint32_t enabled_ = 0, claimed_ = 0;
  std::uint32_t priorities_[32] = {};
  bool mailbox_irq_ = false, mailbox_pending_ = false, mailbox_closed_ = false;
  Input current_;
  std::uint32_t posted_ = 0;
  std::size_t started_ = 0;
};

}  // namespace leyden::firmware
