#pragma once

#include <cstdint>
#include <functional>

#include "models/peripherals/register_peripheral.h"

namespace leyden::peripherals {

/// An input of the data set and where its output goes; bus addresses.
struct MailboxInput {
  std::uint32_t index = 0;  ///< number in the data set
  std::uint32_t input_address = 0;
  std::uint32_t input_bytes = 0;
  std::uint32_t output_address = 0;
  std::uint32_t output_bytes = 0;  ///< room
};

/// How inputs arrive from the host and results leave: one pending input at a time.
class Mailbox : public RegisterPeripheral {
 public:
  using DoneCallback = std::function<void(std::uint32_t result)>;
  using FailCallback = std::function<void(std::uint32_t code)>;

  sc_core::sc_out<bool> irq{"irq"};

  /// The callbacks run within firmware's register write: they note, and let the simulation return.
  Mailbox(sc_core::sc_module_name name, base::Context& context, DoneCallback on_done,
          FailCallback on_fail);

  /// Posts an input, now. @throws ModelError while one is pending or after close()
  void post(const MailboxInput& input);
  /// No more inputs will come.
  void close();
  bool pending() const;
  bool closed() const;
  void archive(base::Archive& a);

 private:
  bool take(std::uint32_t offset);
  void drive_irq();

  DoneCallback on_done_;
  FailCallback on_fail_;
  sc_core::sc_event update_;
};

}  // namespace leyden::peripherals
