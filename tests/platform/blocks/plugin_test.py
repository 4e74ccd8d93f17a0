"""Blocks of a user's own: what is wrong with them is one sentence, and the rest of leyden knows them."""

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import plugins
import support

SOURCE = r"""
#include <leyden/block.h>
#include <stdexcept>
#include <tlm_utils/simple_initiator_socket.h>

using leyden::base::RegisterInfo;

/// Copies a word: writes SOURCE's word to TARGET when GO is written.
struct Copier : leyden::blocks::Block {
  static std::vector<leyden::base::ParameterSpec> parameters() {
    return {{"word_energy_pj", "pJ", 0, 10, false, {}, "Energy of a word"},
            {"fifo.depth", "1", 1, 64, true, {}, "Words", "4"}};
  }
  static const std::vector<RegisterInfo>& table() {
    static const std::vector<RegisterInfo> kTable = {
        {"SOURCE", 0, 4, 0, ~0u, ~0u, 0, 0, 1, 0},
        {"TARGET", 4, 4, 0, ~0u, ~0u, 0, 0, 1, 0},
        {"GO", 8, 4, 0, 0, 0, 0, ~0u, 1, 0},
        {"DONE", 12, 4, 0, 1, 0, 1, 0, 1, 0}};
    return kTable;
  }
  explicit Copier(const leyden::blocks::Setup& setup) : Block(setup, table()) {
    const auto word = energy_event("word", "word_energy_pj");
    registers_.on_write(8, [this, word](std::uint32_t, unsigned) {
      count(word);
      notify_after(go_, 1);
    });
    interrupt_from(12);
    SC_HAS_PROCESS(Copier);
    SC_THREAD(copy);
  }
  std::vector<MasterSocket*> masters() override { return {&master_}; }
  void copy() {
    leyden::base::Payload payload("copier");
    for (;;) {
      wait(go_);
      std::uint32_t data = 0;
      sc_core::sc_time delay;
      master_->b_transport(payload.read(registers_.peek(0), &data, 4), delay);
      master_->b_transport(payload.write(registers_.peek(4), &data, 4), delay);
      wait(delay);
      raise(1);
    }
  }
  sc_core::sc_event go_;
  tlm_utils::simple_initiator_socket<Copier, 128> master_{"master"};
};
LEYDEN_BLOCK("copier", Copier);

struct Thrower : leyden::blocks::Block {
  explicit Thrower(const leyden::blocks::Setup& setup) : Block(setup, Copier::table()) {
    throw std::runtime_error("no good");
  }
};
LEYDEN_BLOCK("thrower", Thrower);
"""
OTHER_VERSION = """
struct plugin { const char* interface; } other = {"leyden 9.9.9, interface x"};
const struct plugin* leyden_plugin(void) { return &other; }
"""
PARAMETERS = "    parameters:\n      word_energy_pj: {value: 1, source: assumed, note: a guess}\n"


def block(library="libown.so", klass="copier", base="0x10060000", size="0x1000", irq="irq: 12",
          parameters=PARAMETERS, name="own0"):
    return (f"blocks:\n  {name}:\n    library: {library}\n    class: {klass}\n    base: {base}\n"
            f"    size: {size}\n    {irq}\n{parameters}")


class Plugins(support.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="leyden-plugin-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        cls.built = plugins.build(cls.shared, "leyden_plugin(own SOURCES own.cpp)\n",
                                  {"own.cpp": SOURCE, "other.c": OTHER_VERSION})
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", cls.built / "libother.so",
                        cls.shared / "other.c"], check=True)
        (cls.shared / "empty.c").write_text("int nothing;\n")
        (cls.shared / "loose.c").write_text("int missing(void); int f(void) { return missing(); }\n")
        for name in ("empty", "loose"):
            subprocess.run(["gcc", "-shared", "-fPIC", "-o", cls.built / f"lib{name}.so",
                            cls.shared / f"{name}.c"], check=True)
        (cls.built / "text.so").write_text("not a library\n")

    def chip(self, added, **options):
        return plugins.chip(self.built, added, **options)

    def refuse(self, added, *words, status=2):
        program = self.assemble(support.FINISH.format(word=0x5555))
        result = support.leyden("exec", "--chip", self.chip(added), program)
        self.assert_refused(result, status, *words)
        self.assertEqual(result.stdout, "")

    def test_a_block_copies_by_itself_and_interrupts(self):
        """Master socket, interrupt and energy of a block, told by the program that uses it."""
        program = self.assemble("""
            .option arch, +zicsr
            li t0, 0x10060000
            la t1, from
            sw t1, 0(t0)
            la t1, to
            sw t1, 4(t0)
            li t2, 0x0c000030
            li t3, 1
            sw t3, 0(t2)
            li t2, 0x0c002000
            li t3, 0x1000
            sw t3, 0(t2)
            li t3, 0x800
            csrw mie, t3
            sw t3, 8(t0)
            wfi
            li t2, 0x0c200004
            lw t4, 0(t2)
            li t5, 12
            bne t4, t5, bad
            lw t4, to
            li t5, 0x12345678
            bne t4, t5, bad
            li t3, 1
            sw t3, 12(t0)
            lw t4, 12(t0)
            bnez t4, bad
        """ + support.FINISH.format(word=0x5555) + "bad:\n" +
                                support.FINISH.replace("1:", "2:").replace("1b", "2b").format(
                                    word=0x13333) + """
            .balign 4
            from: .word 0x12345678
            to: .word 0
        """)
        chip = self.chip(block())
        wave = self.folder / "w.vcd"
        result = support.leyden("exec", "--chip", chip, "--wave", wave, "--wave-signals", "irq.*",
                                program)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("own0 $end", wave.read_text())

    def test_the_map_and_the_parameters_are_listed(self):
        chip = self.chip(block())
        rows = json.loads(support.leyden("list", "map", "--chip", chip, "--json").stdout)
        own = next(row for row in rows if row["unit"] == "own0")
        self.assertEqual((own["base"], own["bytes"], own["interrupt"]), (0x10060000, 0x1000, 12))
        keys = [entry["key"] for entry in json.loads(
            support.leyden("list", "parameters", "--chip", chip, "--json").stdout)]
        self.assertIn("blocks.own0.parameters.fifo.depth", keys)

    def test_libraries_that_cannot_be(self):
        self.refuse(block(library="libnone.so"), "there is no shared library", "libnone.so")
        self.refuse(block(library="text.so"), "cannot be loaded", "text.so")
        self.refuse(block(library="libloose.so"), "cannot be loaded", "missing")
        self.refuse(block(library="libempty.so"), "no plug-in of leyden", "LEYDEN_BLOCK")
        self.refuse(block(library="libother.so"), "was made for leyden 9.9.9", "build it again")
        self.refuse(block(klass="copyer"), "no class copyer", "did you mean 'copier'?")
        self.refuse(block(klass="''"), "class must be one value")
        self.refuse(block().replace("    class: copier\n", ""), "copier", "class must name one")

    def test_places_that_are_taken(self):
        self.refuse(block(base="0x10050000"), "blocks.own0", "where mailbox is")
        self.refuse(block(size="0x100000"), "where cim is")
        self.refuse(block(irq="irq: 16"), "irq is 16", "interrupt of cim;", "free are 5 to 9, 12 to 15")
        self.refuse(block(irq="irq: 11"), "sysctl")
        self.refuse(block(irq="irq: 32"), "whole number from 1 to 31")
        two = block() + block(name="own1", base="0x10060800", irq="irq: 13").split("\n", 1)[1]
        self.refuse(two, "blocks.own1", "where blocks.own0 is")
        two = block() + block(name="own1", base="0x10070000").split("\n", 1)[1]
        self.refuse(two, "blocks.own1.irq is 12", "interrupt of blocks.own0")

    def test_values_that_cannot_be(self):
        self.refuse(block(base="0x10060008"), "multiple of 16")
        self.refuse(block(base="high"), "must be a whole number")
        self.refuse(block(size="0"), "must be a whole number")
        self.refuse(block(name="dma0"), "is that of a unit of the chip")
        self.refuse(block(name="Own"), "lower case")
        self.refuse(block(parameters=""), "no value for blocks.own0.parameters.word_energy_pj")
        self.refuse(block(parameters=PARAMETERS.replace("value: 1", "value: 11")),
                    "word_energy_pj is 11 pJ", "from 0 to 10")
        self.refuse(block(parameters=PARAMETERS.replace("word_energy", "word_enrgy")),
                    "did you mean 'blocks.own0.parameters.word_energy_pj'?")
        self.refuse(block().replace("irq: 12", "irk: 12"), "did you mean 'irq'?")
        self.refuse(block(size="16", irq="irq: 12").replace("class: copier", "class: thrower"),
                    "word_energy_pj")
        self.refuse(block(klass="thrower", parameters=""), "thrower cannot be made: no good",
                    status=4)
        self.refuse("blocks: 3\n", "blocks must be a map")
        self.refuse("blocks:\n  own0: 3\n", "must be a map with library, base and size")

    def test_a_run_and_a_snapshot(self):
        """Workers open the library again, from wherever; a chip with it is not saved."""
        if not Path(support.FASHION).is_dir():
            self.skipTest("no Fashion-MNIST")
        chip = self.chip(block())
        run = ["run", "--chip", chip, "--network", "lenet5-fashion", "--data", support.FASHION,
               "--images", 2, "--fidelity", "quantised", "-q"]
        result = support.leyden(*run, "--jobs", 2, "--check-reference", "--report", self.folder / "own")
        self.assertEqual(result.returncode, 0, result.stderr)
        # What the report keeps of the chip is a chip file again, from any folder.
        program = self.assemble(support.FINISH.format(word=0x5555))
        again = support.leyden("exec", "--chip", self.folder / "own" / "config.yaml", program)
        self.assertEqual(again.returncode, 0, again.stderr)
        result = support.leyden(*run, "--jobs", 1, "--report", self.folder / "b",
                                "--snapshot", self.folder / "s.snapshot", "--snapshot-at", "0:0")
        self.assert_refused(result, 2, "A chip with the block own0 has no snapshots")


if __name__ == "__main__":
    unittest.main()
