#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>

#include "models/base/error.h"
#include "platform/golden/failure.h"
#include "platform/golden/golden_chip.h"

namespace leyden::golden {

/// Keeps the sentence for leyden_last_error(). @return status
leyden_status tell(leyden_status status, const char* sentence) noexcept;
const char* last_sentence() noexcept;

/// What every call goes through: nothing is thrown across the interface.
template <typename Body>
leyden_status call(Body&& body) noexcept {
  try {
    body();
    return LEYDEN_OK;
  } catch (const Failure& failure) {
    return tell(failure.status(), failure.what());
  } catch (const base::UsageError& error) {
    return tell(LEYDEN_BAD_CHIP, error.what());
  } catch (const base::Error& error) {
    return tell(LEYDEN_MODEL, error.what());
  } catch (const std::bad_alloc&) {
    return tell(LEYDEN_NO_MEMORY, "The host has not enough memory for this call.");
  } catch (const std::exception& error) {
    return tell(LEYDEN_INTERNAL, error.what());
  } catch (...) {
    return tell(LEYDEN_INTERNAL, "The library met an error without a name.");
  }
}

/// Outputs are 0 when a call fails: DPI copies them back whatever it returns.
template <typename... Outputs>
void clear(Outputs*... outputs) noexcept {
  const auto zero = [](auto* output) {
    if (output != nullptr) *output = {};
  };
  (zero(outputs), ...);
}

/// The open chips. A handle is a number in the clothes of a pointer that is never used twice, so
/// that one that was closed, or never was one, is found out.
leyden_chip* open_handle(std::shared_ptr<GoldenChip> chip);
/// @throws Failure LEYDEN_BAD_HANDLE
std::shared_ptr<GoldenChip> chip_of(leyden_chip* handle);
void close_handle(leyden_chip* handle);

/// A call with a chip, which is the caller's alone meanwhile.
template <typename Body>
leyden_status call_with(leyden_chip* handle, Body&& body) noexcept {
  return call([&] {
    const std::shared_ptr<GoldenChip> chip = chip_of(handle);
    const std::lock_guard<std::mutex> alone(chip->mutex());
    body(*chip);
  });
}

}  // namespace leyden::golden
