#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include "models/base/context.h"
#include "models/memory/local_memory.h"
#include "models/memory/off_chip_memory.h"
#include "models/peripherals/mailbox.h"
#include "platform/chip/chip.h"
#include "platform/chip/layer_recorder.h"

namespace leyden::chip {

/// What the host looks at and calls on the chip.
struct ImageHostPorts {
  peripherals::Mailbox& mailbox;
  memory::LocalMemory& lmem;
  memory::OffChipMemory& off_chip;
  LayerRecorder& recorder;
  std::function<bool()> quiet;             ///< the core sleeps, every unit is idle, mailbox listens
  std::function<bool()> asleep;            ///< the core sleeps
  std::function<void(const RunEnd&)> end;  ///< ends the run
};

/// The host's side of the mailbox: posts one image after the other, each at a barrier (quiet chip,
/// LMEM as at power-up, time a multiple of system.image_alignment_ns), and takes its result.
class ImageHost : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(ImageHost);
  ImageHost(sc_core::sc_module_name name, base::Context& context, ImageHostPorts ports);

  /// Where inputs and outputs go.
  struct Slots {
    std::uint64_t first_free = 0;  ///< offset in off-chip memory behind the network image
    std::uint32_t output_bytes = 0;
    std::uint64_t image_cycles = 0;  ///< limit of an image, where it is less than that of boot
  };
  /// Starts serving.
  void serve(ImageService& service, std::uint64_t max_cycles, const Slots& slots);
  const ImageTimes& times() const { return times_; }
  /// The image under way, whose result is not there yet.
  std::optional<std::uint32_t> image() const;
  bool serving() const { return service_ != nullptr; }
  /// Before the simulation starts: nothing is done until archive() has restored a state.
  void hold() { held_ = true; }
  /// While image() has one, or without a service.
  void archive(base::Archive& a);

  // Called by the mailbox, within firmware's write.
  void on_done(std::uint32_t result);
  void on_fail(std::uint32_t code);

 private:
  /// Limit of boot: that of an image, and what the checksum of a large network takes.
  std::uint64_t boot_cycles() const;
  void run();
  /// Looks every `step_cycles` cycles. @return false when the deadline came first
  bool wait_until_quiet(const sc_core::sc_time& deadline, std::uint64_t step_cycles);
  bool wait_for(const sc_core::sc_event& event, const sc_core::sc_time& deadline);
  sc_core::sc_time next_start() const;
  void post(const ImageInput& input);
  /// Serves one image. @return false when the run is over
  bool process(const ImageInput& input);
  /// Waits for the result of the image under way. @return false when the run is over
  bool finish_image();
  void give_up(const std::string& doing);

  /// The image under way.
  struct Current {
    std::uint32_t index = 0;
    sc_core::sc_time start;
    sc_core::sc_time deadline;

    void archive(base::Archive& a) { a(index, start, deadline); }
  };

  base::Context& context_;
  ImageHostPorts ports_;
  ImageService* service_ = nullptr;
  std::uint64_t max_cycles_ = 0;
  std::uint64_t image_cycles_ = 0;  ///< limit of an image
  std::uint64_t first_free_ = 0;
  std::uint32_t output_room_ = 0;  ///< bytes
  ImageTimes times_;
  sc_core::sc_event done_;
  bool is_done_ = false;
  std::uint32_t result_ = 0;
  std::optional<Current> current_;
  bool held_ = false;
  sc_core::sc_event release_event_;  ///< a state has been restored
};

}  // namespace leyden::chip
