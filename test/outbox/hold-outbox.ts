// Opens the outbox, says so, and keeps it.
import { openOutbox } from "../../src/outbox/open-outbox.ts";

openOutbox(process.argv[2] ?? "");
process.stdout.write("open\n");
setInterval(() => {}, 1000);
