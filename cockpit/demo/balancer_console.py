"""The part of HAProxy's runtime socket that the cockpit speaks, for the demo's own load balancer."""

import asyncio
import contextlib
import re

from cockpit.demo.pool import Member, Pool
from cockpit.domain.rollout.traffic import Admin
from cockpit.domain.rollout.weights import HIGHEST

PATIENCE_S = 10.0

_SET = re.compile(r"set server (?P<backend>\S+)/(?P<server>\S+) (?P<what>weight|state) (?P<value>\S+)")
_BITS = {Admin.READY: 0, Admin.DRAIN: 0x08, Admin.MAINT: 0x01}
_STATE_COLUMNS = (
    "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state"
)
_STAT_COLUMNS = (
    "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,"
    "bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type"
)


class Console:
    """Answers one command a connection, in HAProxy's words."""

    def __init__(self, backend: str, pool: Pool) -> None:
        self._backend = backend
        self._pool = pool

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one caller, who is heard for some seconds only."""
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            line = await asyncio.wait_for(reader.readline(), PATIENCE_S)
            writer.write(self.answer(line.decode("ascii", "replace").strip()).encode())
            await asyncio.wait_for(writer.drain(), PATIENCE_S)
        writer.close()

    def answer(self, command: str) -> str:
        """Carry out one command and return the answer."""
        if command == f"show servers state {self._backend}":
            return self._state()
        if command == f"show stat {self._backend} 4 -1":
            return self._stat()
        if match := _SET.fullmatch(command):
            return f"{self._set(**match.groupdict())}\n"
        return "Can't find backend.\n\n" if command.startswith("show ") else "Unknown command.\n\n"

    def _set(self, backend: str, server: str, what: str, value: str) -> str:
        """Return an objection, '' when it is done."""
        member = self._pool.members.get(server)
        if member is None or backend != self._backend:
            return "No such server.\n"
        if what == "weight":
            if not value.isdigit() or int(value) > HIGHEST:
                return f"Absolute weight can only be between 0 and {HIGHEST} inclusive.\n"
            member.weight = int(value)
        elif value in Admin._value2member_map_:
            member.admin, member.failed_checks = Admin(value), 0
        else:
            return "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n"
        self._pool.turn_again()
        return ""

    def _state(self) -> str:
        rows = [self._state_row(number, member) for number, member in enumerate(self._pool.members.values(), 1)]
        return "\n".join(["1", f"# {_STATE_COLUMNS}", *rows]) + "\n\n"

    def _state_row(self, number: int, member: Member) -> str:
        operation = 2 if member.is_up and member.admin is not Admin.MAINT else 0
        return (
            f"3 {self._backend} {number} {member.name} 127.0.0.1 {operation} {_BITS[member.admin]} {member.weight} "
            f"{member.weight} 0 0 0 0 6 0"
        )

    def _stat(self) -> str:
        rows = [self._stat_row(number, member) for number, member in enumerate(self._pool.members.values(), 1)]
        return "\n".join([f"# {_STAT_COLUMNS},", *rows]) + "\n\n"

    def _stat_row(self, number: int, member: Member) -> str:
        known = {
            "pxname": self._backend,
            "svname": member.name,
            "scur": str(member.sessions),
            "stot": str(member.total),
            "status": _status(member),
            "weight": str(member.weight),
            "act": "1",
            "bck": "0",
            "sid": str(number),
            "type": "2",
        }
        return ",".join(known.get(column, "") for column in _STAT_COLUMNS.split(",")) + ","


def _status(member: Member) -> str:
    if member.admin is not Admin.READY:
        return member.admin.name
    return "UP" if member.is_up else "DOWN"
