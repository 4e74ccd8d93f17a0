#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <tlm>

namespace leyden::base {

/// Payloads with reference counts, as non-blocking transport wants them: whoever keeps one beyond a
/// call acquires and releases it, the last release brings it back here. The pool must outlive them.
class PayloadPool : public tlm::tlm_mm_interface {
 public:
  PayloadPool() = default;
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;
  ~PayloadPool() override;

  /// A payload with a reference count of 0, its attributes as the last user left them.
  tlm::tlm_generic_payload& allocate();
  /// Payloads given out and not released yet.
  std::size_t in_use() const { return all_.size() - free_.size(); }

 private:
  void free(tlm::tlm_generic_payload* payload) override;

  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

}  // namespace leyden::base
