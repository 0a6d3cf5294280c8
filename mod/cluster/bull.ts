/** BullMQ and the driver it talks to Redis with: loaded only where a cluster is used. */
import { restoreEnvironment } from "./bare_environment.ts";
import { FlowProducer, Job, Queue, QueueEvents, UnrecoverableError, Worker } from "bullmq";
import { WaitingError } from "bullmq";
import { Redis } from "ioredis";

restoreEnvironment();

export { FlowProducer, Job, Queue, QueueEvents, Redis, UnrecoverableError, WaitingError, Worker };
