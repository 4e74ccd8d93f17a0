#include "platform/chip/image_host.h"

#include <algorithm>
#include <utility>

#include "registers/memory_map.h"

namespace leyden::chip {
namespace {

constexpr std::uint64_t kSlotAlignment = 64;
/// How often the host looks whether the chip is quiet: seldom during boot, closely after a result.
constexpr std::uint64_t kBootCycles = 256;
constexpr std::uint64_t kAfterImageCycles = 8;
/// Number that draws before the first image are keyed by, whichever that is.
constexpr std::uint32_t kBeforeImages = 0xffffffffu;
constexpr std::uint32_t kOutputRoom = 4096;  ///< bytes, at least

std::uint64_t aligned(std::uint64_t value) {
  return (value + kSlotAlignment - 1) / kSlotAlignment * kSlotAlignment;
}

}  // namespace

ImageHost::ImageHost(sc_core::sc_module_name name, base::Context& context, ImageHostPorts ports)
    : sc_module(name), context_(context), ports_(std::move(ports)) {
  SC_THREAD(run);
}

void ImageHost::serve(ImageService& service, std::uint64_t max_cycles, const Slots& slots) {
  service_ = &service;
  max_cycles_ = max_cycles;
  image_cycles_ = slots.image_cycles == 0 ? max_cycles : std::min(slots.image_cycles, max_cycles);
  if (!current_) context_.draws.image = kBeforeImages;
  first_free_ = aligned(slots.first_free);
  output_room_ = std::max(kOutputRoom, slots.output_bytes);
}

std::uint64_t ImageHost::boot_cycles() const {
  // Firmware reads every word of the network image for its checksum, over 100 cycles each where
  // off-chip memory is slow.
  constexpr std::uint64_t kCyclesPerByte = 64;
  return max_cycles_ + kCyclesPerByte * first_free_;
}

void ImageHost::on_done(std::uint32_t result) {
  is_done_ = true;
  result_ = result;
  done_.notify(sc_core::SC_ZERO_TIME);
}

std::optional<std::uint32_t> ImageHost::image() const {
  if (!current_ || is_done_) return std::nullopt;
  return current_->index;
}

void ImageHost::archive(base::Archive& a) {
  a(current_, times_.period_ps, times_.latency_ps, result_);
  if (!a.restoring()) return;
  if (current_ && current_->deadline < sc_core::sc_time_stamp()) {
    a.refuse("the image under way should have ended before");
  }
  release_event_.notify(sc_core::SC_ZERO_TIME);
}

void ImageHost::on_fail(std::uint32_t code) {
  ports_.end({base::ExitStatus::kFirmware,
              "The firmware could not process image " + std::to_string(context_.draws.image) +
                  ": it failed with code " + std::to_string(code) + "."});
}

bool ImageHost::wait_for(const sc_core::sc_event& event, const sc_core::sc_time& deadline) {
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (now >= deadline) return false;
  wait(deadline - now, event);
  return sc_core::sc_time_stamp() < deadline;
}

bool ImageHost::wait_until_quiet(const sc_core::sc_time& deadline, std::uint64_t step_cycles) {
  while (!ports_.quiet()) {
    if (sc_core::sc_time_stamp() >= deadline) return false;
    wait(context_.clock.cycles(step_cycles));
  }
  return true;
}

sc_core::sc_time ImageHost::next_start() const {
  const sc_core::sc_time alignment(context_.parameters.real("system.image_alignment_ns"),
                                   sc_core::SC_NS);
  const auto step = alignment.value();
  const auto periods = (sc_core::sc_time_stamp().value() + step - 1) / step;
  return sc_core::sc_time::from_value(periods * step);
}

void ImageHost::give_up(const std::string& doing) {
  if (ports_.asleep() && !sc_core::sc_pending_activity()) {
    ports_.end({base::ExitStatus::kFirmware,
                "The firmware never finished " + doing +
                    ": the core sleeps and nothing is pending that would wake it.",
                true});
    return;
  }
  const std::uint64_t limit = doing == "boot" ? boot_cycles() : image_cycles_;
  ports_.end({base::ExitStatus::kLimit, "The limit of " + std::to_string(limit) +
                                            " cycles was reached in " + doing +
                                            "; raise --max-cycles-per-image if it needs more."});
}

void ImageHost::post(const ImageInput& input) {
  peripherals::MailboxInput mail;
  mail.index = input.index;
  mail.input_bytes = static_cast<std::uint32_t>(input.bytes.size());
  mail.input_address = static_cast<std::uint32_t>(registers::kOffChipBase + first_free_);
  const std::uint64_t output = aligned(first_free_ + input.bytes.size());
  mail.output_address = static_cast<std::uint32_t>(registers::kOffChipBase + output);
  mail.output_bytes = output_room_;
  if (output + output_room_ > ports_.off_chip.size()) {
    throw base::UsageError("An input of " + std::to_string(input.bytes.size()) +
                           " bytes and its output of at most " + std::to_string(output_room_) +
                           " do not fit into off-chip memory behind the network image; "
                           "raise off_chip.bytes.");
  }
  ports_.off_chip.host_write(first_free_, input.bytes.data(), input.bytes.size());
  is_done_ = false;
  ports_.mailbox.post(mail);
}

bool ImageHost::process(const ImageInput& input) {
  // 1. The barrier: nothing of what was before can be seen by this image.
  wait(next_start() - sc_core::sc_time_stamp());
  ports_.lmem.reset_contents();
  context_.draws.image = input.index;
  const sc_core::sc_time start = sc_core::sc_time_stamp();
  current_ = Current{input.index, start, start + context_.clock.cycles(image_cycles_)};
  ports_.recorder.begin_image(context_.clock.cycles_at(start));
  post(input);
  return finish_image();
}

bool ImageHost::finish_image() {
  const auto [index, start, deadline] = *current_;
  // 2. Firmware works; its result is there before it sleeps.
  const std::string doing = "image " + std::to_string(index);
  while (!is_done_) {
    if (!wait_for(done_, deadline)) {
      give_up(doing);
      return false;
    }
  }
  const sc_core::sc_time finished = sc_core::sc_time_stamp();
  if (!wait_until_quiet(deadline, kAfterImageCycles)) {
    give_up(doing);
    return false;
  }
  // 3. What it took.
  ports_.recorder.end_image(context_.clock.cycles_at(sc_core::sc_time_stamp()));
  times_.latency_ps += (finished - start).value();
  times_.period_ps += (next_start() - start).value();
  current_.reset();
  service_->done(index, result_);
  return true;
}

void ImageHost::run() {
  if (held_) wait(release_event_);
  if (service_ == nullptr) return;  // a program without images
  try {
    if (current_) {
      if (!finish_image()) return;
    } else if (!wait_until_quiet(context_.clock.cycles(boot_cycles()), kBootCycles)) {
      give_up("boot");
      return;
    }
    while (const std::optional<ImageInput> input = service_->next()) {
      if (!process(*input)) return;
    }
    ports_.mailbox.close();
    wait(context_.clock.cycles(image_cycles_));
    give_up("its way out after the last image");
  } catch (const base::Error& error) {
    ports_.end({error.status(), error.what()});
  }
}

}  // namespace leyden::chip
