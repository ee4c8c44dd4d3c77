"""Every arm, in the order of the table."""

from peers import agentlog, floor, langfuse, langsmith, logfire, mlflow, naive, opik, otel, weave
from peers.arm import Arm

ARMS: dict[str, Arm] = {
    "floor": floor.ARM,
    "agentlog": agentlog.ARM,
    "naive": naive.ARM,
    "otel-batch": otel.BATCH,
    "otel-simple": otel.SIMPLE,
    "langfuse": langfuse.ARM,
    "langsmith": langsmith.ARM,
    "mlflow": mlflow.SERVER,
    "mlflow-sqlite": mlflow.SQLITE,
    "opik": opik.ARM,
    "logfire": logfire.ARM,
    "weave": weave.ARM,
    "weave-wal": weave.WITH_LOG,
}
