import { credit } from "../functions/credit.js";
import { runFunction } from "./run-function.js";

runFunction(credit);
