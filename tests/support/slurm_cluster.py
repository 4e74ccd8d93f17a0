"""A real Slurm cluster of one node on loopback, in a temporary folder: munged, slurmctld, slurmd.

It needs root and the Debian packages munge and slurm-wlm, no systemd, no control groups, nothing of
/etc. Ports are free ones and sockets, keys and logs its own, so that several can run at a time.
"""

import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel")
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
_DEADLINE = 30
_ENDED = ("Z", "X", "")  # states of a process that is gone, see _state()

# cred_expire: a task that is requeued does not start before the credential of its last run has
# expired, 120 s where nothing is said.
_CONFIGURATION = """
ClusterName=leyden
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
KillWait=1
{more}
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port} CPUs={cpus}
PartitionName=main Nodes=node1 Default=YES State=UP MaxTime=UNLIMITED
"""


def why_not():
    """Why no cluster can be started here, "" when one can."""
    missing = [name for name in _PROGRAMS if shutil.which(name, path=_PATH) is None]
    if missing:
        return f"no {', '.join(missing)}: the packages munge and slurm-wlm are not installed"
    if os.geteuid() != 0:
        return "a Slurm cluster of one's own needs root"
    return ""


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class SlurmCluster:
    """Up inside a `with`. `environment` is what Slurm's commands need; they have no other."""

    def __init__(self, cpus=2, more=""):
        """more: further lines of slurm.conf."""
        self._processes = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leyden-slurm-"))
        self.environment = {**os.environ, "SLURM_CONF": f"{self.folder}/slurm.conf",
                            "PATH": _PATH}
        self._cpus = cpus
        self._more = more

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, *words, check=True):
        """One of Slurm's commands; its standard output."""
        return subprocess.run(list(map(str, words)), env=self.environment, check=check, text=True,
                              capture_output=True, timeout=60).stdout

    def tasks(self):
        """(array job id, index, state) of all tasks the controller knows."""
        lines = self.run("squeue", "-h", "-r", "-t", "all", "-o", "%F %K %T").splitlines()
        return [tuple(line.split()) for line in lines]

    def processes(self):
        """Process ids of what runs in tasks."""
        return [pid for pid in self._descendants()
                if _read(f"/proc/{pid}/comm").strip() not in ("slurmstepd", "slurm_script", "")]

    def catch(self, is_one=lambda pid: True):
        """(process id, array job id, index) of a process that runs in a task, now stopped, so that
        neither it nor its task ends before the caller has acted; one that `is_one`, asked while it
        stands still, takes. It runs on with SIGCONT, which Slurm sends to what it ends. Waits until
        there is one."""
        end = time.monotonic() + _DEADLINE
        while time.monotonic() < end:
            for pid in self.processes():
                if _state(pid) in _ENDED + ("T",) or not _stop(pid):
                    continue
                if is_one(pid):
                    variables = _variables(pid)
                    return (pid, variables["SLURM_ARRAY_JOB_ID"],
                            variables["SLURM_ARRAY_TASK_ID"])
                os.kill(pid, signal.SIGCONT)
            time.sleep(0.05)
        raise RuntimeError(f"no task ran such a process for {_DEADLINE} s")

    def stop_controller(self):
        """Ends slurmctld, as a restart of the cluster does; its state is kept."""
        self._end(self._controller)

    def start_controller(self):
        self._controller = self._daemon("slurmctld", "-D", "-f", self.folder / "slurm.conf")

    def _start(self):
        self.folder.chmod(0o755)
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir()
        controller_port, node_port = _free_ports(2)
        (self.folder / "slurm.conf").write_text(_CONFIGURATION.format(
            host=socket.gethostname(), folder=self.folder, controller_port=controller_port,
            node_port=node_port, cpus=self._cpus, more=self._more), encoding="utf-8")
        self._start_munge()
        self.start_controller()
        self._node = self._daemon(
            "slurmd", "-D", "-N", "node1", "-f", self.folder / "slurm.conf")
        self._wait("the node", lambda: "idle" in self.run(
            "sinfo", "-h", "-o", "%T", check=False))

    def _start_munge(self):
        folder = self.folder / "munge"
        user = pwd.getpwnam("munge")
        (folder / "key").write_bytes(os.urandom(128))
        (folder / "key").chmod(0o600)
        for path in (folder, folder / "key"):
            os.chown(path, user.pw_uid, user.pw_gid)
        self._daemon("munged", "--foreground", f"--key-file={folder}/key",
                     f"--socket={folder}/socket", f"--pid-file={folder}/pid",
                     f"--seed-file={folder}/seed", f"--log-file={folder}/log",
                     user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        self._wait("munged", (folder / "socket").exists)

    def _daemon(self, name, *words, **keywords):
        program = shutil.which(name, path=_PATH)
        with open(self.folder / f"{name}.out", "ab") as output:
            process = subprocess.Popen(
                [program, *map(str, words)], stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, env=self.environment, start_new_session=True, **keywords)
        self._processes.append(process)
        return process

    def _wait(self, what, is_up):
        end = time.monotonic() + _DEADLINE
        while not is_up():
            for process in self._processes:
                if process.poll() is not None:
                    raise RuntimeError(f"{process.args[0]} ended: {self._said()}")
            if time.monotonic() > end:
                raise RuntimeError(f"{what} is not up after {_DEADLINE} s: {self._said()}")
            time.sleep(0.05)

    def _said(self):
        return " ".join(_read(path)[-500:] for path in sorted(self.folder.glob("*.out")))

    def _descendants(self):
        """Processes below slurmd, and slurmstepd's that it has left: they name this folder."""
        mark = str(self.folder)
        parents = {}
        roots = set()
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            status = _read(entry / "stat")
            if not status:
                continue
            pid = int(entry.name)
            parents[pid] = int(status.rsplit(")", 1)[1].split()[1])
            variables = _read(entry / "environ")
            if re.search(r"(^|\0)SLURM_CONF=" + re.escape(mark), variables) and (
                    "\0SLURM_JOB_ID=" in variables or "slurmstepd" in _read(entry / "comm")):
                roots.add(pid)
        grown = True
        while grown:
            more = {pid for pid, parent in parents.items() if parent in roots and pid not in roots}
            roots |= more
            grown = bool(more)
        return sorted(roots)

    def _end(self, process):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self._processes:
            self._processes.remove(process)

    def close(self):
        """Ends all jobs and daemons and removes the folder, whatever state they are in."""
        try:
            if len(self._processes) == 3:
                self.run("scancel", "--me", check=False)
        except (OSError, subprocess.SubprocessError):
            pass
        for process in reversed(self._processes.copy()):
            self._end(process)
        for pid in self._descendants():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


def _state(pid):
    """The letter of a process's state as /proc has it, "" when there is no such process."""
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].strip()[:1]


def _stop(pid):
    """Whether a process is stopped, and not gone, now that it was told to."""
    try:
        os.kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        return False
    while _state(pid) not in _ENDED + ("T",):
        time.sleep(0.001)
    return _state(pid) == "T"


def _variables(pid):
    words = _read(f"/proc/{pid}/environ").split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)


def _read(path):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
