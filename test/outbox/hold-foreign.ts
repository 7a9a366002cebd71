// Opens a database of its own, as another application would, says so, and does nothing with it.
import { DatabaseSync } from "node:sqlite";

const [, , path = "", mode = ""] = process.argv;
const database = new DatabaseSync(path);
database.exec(`PRAGMA journal_mode = ${mode}`);
database.prepare("SELECT * FROM orders").all();
process.stdout.write("open\n");
setInterval(() => database.isOpen, 1000);
