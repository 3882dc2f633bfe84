import { credit } from "../functions/credit.js";
import { runFunction } from "./wiring/run-function.js";

runFunction(credit);
