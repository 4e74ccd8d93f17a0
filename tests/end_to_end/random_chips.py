"""What property tests share: random chips, and runs on them that are exact or find no room."""

import re

import support

# What may stop a random network on a random chip: the chip has no room, and says where.
NO_ROOM = re.compile(r"LMEM|no sign|do not fit the \d+ columns|is beyond the")


def random_chip(rng):
    """A preset with another array, memory and number of macros: (name, keys)."""
    name = str(rng.choice(["imagine", "capram", "adapt256", "rram128"]))
    keys = {"system.macros": int(rng.integers(1, 5)),
            "lmem.bank_bytes": int(rng.choice([4096, 8192, 65536])),
            "cim.abn_entries": int(rng.choice([32, 128, 1024]))}
    if name == "imagine":
        keys["cim.rows"] = 36 * int(rng.integers(2, 33))
        keys["cim.columns"] = 8 * int(rng.integers(2, 33))
    elif name == "capram":
        keys["cim.cell.representation"] = str(rng.choice(["twos_complement", "ternary_pair",
                                                          "shifted_unsigned"]))
        keys["cim.drive.bits"] = int(rng.integers(2, 5))
    elif name == "adapt256":
        keys["cim.cell.representation"] = str(rng.choice(["twos_complement", "differential",
                                                          "shifted_unsigned"]))
        keys["cim.dot_product.rows_active"] = int(rng.choice([0, 64, 128]))
    else:
        bits = int(rng.choice([1, 2, 4]))
        keys["cim.cell.bits"] = bits
        keys["cim.converter.bits"] = {1: 8, 2: 9, 4: 11}[bits]
        keys["cim.cell.representation"] = str(rng.choice(["twos_complement", "differential",
                                                          "shifted_unsigned"]))
    return name, [f"{key}={value}" for key, value in keys.items()]


class RandomCase(support.Case):
    """A test of random networks."""

    def runs(self, seed, network, chip, keys):
        """Runs a network in both exact fidelities: (runs that were exact, why it was refused)."""
        ran = 0
        sets = [word for key in keys for word in ("--set", key)]
        for fidelity in ("ideal", "quantised"):
            with self.subTest(seed=seed, chip=chip, keys=keys, fidelity=fidelity):
                result = support.leyden(
                    "run", "--chip", chip, *sets, "--network", network, "--data",
                    network.parent / "data", "--images", 2, "--fidelity", fidelity,
                    "--check-reference", timeout=300)
                if result.returncode == 2 and NO_ROOM.search(result.stderr):
                    return ran, result.stderr.strip()
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("equals the host reference bit for bit", result.stdout)
                ran += 1
        return ran, None

    def tell(self, ran, stopped):
        print(f"{ran} runs exact, {len(stopped)} networks found no room")
        for sentence in stopped:
            print(f"  {sentence}")
