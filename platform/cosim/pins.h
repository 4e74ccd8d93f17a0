#pragma once

#include <string>
#include <vector>

#include "platform/cosim/pin_types.h"

// Bundles of signals with the names of docs/cosim.md. A bundle is a member of the module that holds
// block and adapter; its constructor takes what the names begin with. `visit(f)` calls
// f(name, bits, signal) for each pin, in the order of docs/cosim.md: for sc_trace and the like.
namespace leyden::cosim {

/// All pins of a bundle, types forgotten.
template <typename Bundle>
std::vector<Pin> list_pins(const Bundle& bundle) {
  std::vector<Pin> pins;
  bundle.visit([&pins](const std::string& name, unsigned bits, const auto& signal) {
    pins.push_back({name, bits, [&signal] { return pin_value(signal.read()); }});
  });
  return pins;
}

/// APB registers (AMBA APB with PSTRB and PSLVERR). 32-bit data.
struct ApbPins {
  explicit ApbPins(const std::string& prefix = "s_apb_") : names(prefix) {}

  const std::string names;
  PinSignal<32> paddr{(names + "paddr").c_str()};
  PinSignal<1> psel{(names + "psel").c_str()};
  PinSignal<1> penable{(names + "penable").c_str()};
  PinSignal<1> pwrite{(names + "pwrite").c_str()};
  PinSignal<32> pwdata{(names + "pwdata").c_str()};
  PinSignal<4> pstrb{(names + "pstrb").c_str()};
  PinSignal<32> prdata{(names + "prdata").c_str()};
  PinSignal<1> pready{(names + "pready").c_str()};
  PinSignal<1> pslverr{(names + "pslverr").c_str()};

  template <typename F>
  void visit(F&& f) const {
    f(names + "paddr", 32u, paddr);
    f(names + "psel", 1u, psel);
    f(names + "penable", 1u, penable);
    f(names + "pwrite", 1u, pwrite);
    f(names + "pwdata", 32u, pwdata);
    f(names + "pstrb", 4u, pstrb);
    f(names + "prdata", 32u, prdata);
    f(names + "pready", 1u, pready);
    f(names + "pslverr", 1u, pslverr);
  }
};

/// AXI4-Lite registers; kBits of data: 32 or 64.
template <unsigned kBits = 32>
struct AxiLitePins {
  static_assert(kBits == 32 || kBits == 64);
  static constexpr unsigned kBytes = kBits / 8;

  /// AW or AR.
  struct Address {
    explicit Address(const std::string& prefix) : names(prefix) {}
    const std::string names;
    PinSignal<32> addr{(names + "addr").c_str()};
    PinSignal<3> prot{(names + "prot").c_str()};
    PinSignal<1> valid{(names + "valid").c_str()};
    PinSignal<1> ready{(names + "ready").c_str()};

    template <typename F>
    void visit(F&& f) const {
      f(names + "addr", 32u, addr);
      f(names + "prot", 3u, prot);
      f(names + "valid", 1u, valid);
      f(names + "ready", 1u, ready);
    }
  };
  struct WriteData {
    explicit WriteData(const std::string& prefix) : names(prefix) {}
    const std::string names;
    PinSignal<kBits> data{(names + "data").c_str()};
    PinSignal<kBytes> strb{(names + "strb").c_str()};
    PinSignal<1> valid{(names + "valid").c_str()};
    PinSignal<1> ready{(names + "ready").c_str()};

    template <typename F>
    void visit(F&& f) const {
      f(names + "data", kBits, data);
      f(names + "strb", kBytes, strb);
      f(names + "valid", 1u, valid);
      f(names + "ready", 1u, ready);
    }
  };
  struct WriteResponse {
    explicit WriteResponse(const std::string& prefix) : names(prefix) {}
    const std::string names;
    PinSignal<2> resp{(names + "resp").c_str()};
    PinSignal<1> valid{(names + "valid").c_str()};
    PinSignal<1> ready{(names + "ready").c_str()};

    template <typename F>
    void visit(F&& f) const {
      f(names + "resp", 2u, resp);
      f(names + "valid", 1u, valid);
      f(names + "ready", 1u, ready);
    }
  };
  struct ReadData {
    explicit ReadData(const std::string& prefix) : names(prefix) {}
    const std::string names;
    PinSignal<kBits> data{(names + "data").c_str()};
    PinSignal<2> resp{(names + "resp").c_str()};
    PinSignal<1> valid{(names + "valid").c_str()};
    PinSignal<1> ready{(names + "ready").c_str()};

    template <typename F>
    void visit(F&& f) const {
      f(names + "data", kBits, data);
      f(names + "resp", 2u, resp);
      f(names + "valid", 1u, valid);
      f(names + "ready", 1u, ready);
    }
  };

  explicit AxiLitePins(const std::string& prefix = "s_axil_")
      : aw(prefix + "aw"), w(prefix + "w"), b(prefix + "b"), ar(prefix + "ar"), r(prefix + "r") {}

  Address aw;
  WriteData w;
  WriteResponse b;
  Address ar;
  ReadData r;

  template <typename F>
  void visit(F&& f) const {
    aw.visit(f);
    w.visit(f);
    b.visit(f);
    ar.visit(f);
    r.visit(f);
  }
};

/// AXI4 with 32-bit addresses and 4-bit IDs; kBits of data: 32, 64 or 128.
template <unsigned kBits = 128>
struct Axi4Pins {
  static_assert(kBits == 32 || kBits == 64 || kBits == 128);
  static constexpr unsigned kBytes = kBits / 8;
  static constexpr unsigned kIdBits = 4;

  /// AW or AR.
  struct Address {
    explicit Address(const std::string& prefix) : names(prefix) {}
    const std::string names;
    PinSignal<kIdBits> id{(names + "id").c_str()};
    PinSignal<32> addr{(names + "addr").c_str()};
    PinSignal<8> len{(names + "len").c_str()};
    PinSignal<3> size{(names + "size").c_str()};
    PinSignal<2> burst{(names + "burst").c_str()};
    PinSignal<1> lock{(names + "lock").c_str()};
    PinSignal<4> cache{(names + "cache").c_str()};
    PinSignal<3> prot{(names + "prot").c_str()};
    PinSignal<1> valid{(names + "valid").c_str()};
    PinSignal<1> ready{(names + "ready").c_str()};

    template <typename F>
    void visit(F&& f) const {
      f(names + "id", kIdBits, id);
      f(names + "addr", 32u, addr);
      f(names + "len", 8u, len);
      f(names + "size", 3u, size);
      f(names + "burst", 2u, burst);
      f(names + "lock", 1u, lock);
      f(names + "cache", 4u, cache);
      f(names + "prot", 3u, prot);
      f(names + "valid", 1u, valid);
      f(names + "ready", 1u, ready);
    }
  };
  struct WriteData {
    explicit WriteData(const std::string& prefix) : names(prefix) {}
    const std::string names;
    PinSignal<kBits> data{(names + "data").c_str()};
    PinSignal<kBytes> strb{(names + "strb").c_str()};
    PinSignal<1> last{(names + "last").c_str()};
    PinSignal<1> valid{(names + "valid").c_str()};
    PinSignal<1> ready{(names + "ready").c_str()};

    template <typename F>
    void visit(F&& f) const {
      f(names + "data", kBits, data);
      f(names + "strb", kBytes, strb);
      f(names + "last", 1u, last);
      f(names + "valid", 1u, valid);
      f(names + "ready", 1u, ready);
    }
  };
  struct WriteResponse {
    explicit WriteResponse(const std::string& prefix) : names(prefix) {}
    const std::string names;
    PinSignal<kIdBits> id{(names + "id").c_str()};
    PinSignal<2> resp{(names + "resp").c_str()};
    PinSignal<1> valid{(names + "valid").c_str()};
    PinSignal<1> ready{(names + "ready").c_str()};

    template <typename F>
    void visit(F&& f) const {
      f(names + "id", kIdBits, id);
      f(names + "resp", 2u, resp);
      f(names + "valid", 1u, valid);
      f(names + "ready", 1u, ready);
    }
  };
  struct ReadData {
    explicit ReadData(const std::string& prefix) : names(prefix) {}
    const std::string names;
    PinSignal<kIdBits> id{(names + "id").c_str()};
    PinSignal<kBits> data{(names + "data").c_str()};
    PinSignal<2> resp{(names + "resp").c_str()};
    PinSignal<1> last{(names + "last").c_str()};
    PinSignal<1> valid{(names + "valid").c_str()};
    PinSignal<1> ready{(names + "ready").c_str()};

    template <typename F>
    void visit(F&& f) const {
      f(names + "id", kIdBits, id);
      f(names + "data", kBits, data);
      f(names + "resp", 2u, resp);
      f(names + "last", 1u, last);
      f(names + "valid", 1u, valid);
      f(names + "ready", 1u, ready);
    }
  };

  explicit Axi4Pins(const std::string& prefix = "m_axi_")
      : aw(prefix + "aw"), w(prefix + "w"), b(prefix + "b"), ar(prefix + "ar"), r(prefix + "r") {}

  Address aw;
  WriteData w;
  WriteResponse b;
  Address ar;
  ReadData r;

  template <typename F>
  void visit(F&& f) const {
    aw.visit(f);
    w.visit(f);
    b.visit(f);
    ar.visit(f);
    r.visit(f);
  }
};

}  // namespace leyden::cosim
