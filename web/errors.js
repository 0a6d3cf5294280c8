/** What the protocol's error codes mean and what to do, in English and in Russian. */
import { language } from "./texts.js";

/** @import { ErrorCode } from "../mod/common/errors.ts" */

/** @type {Record<ErrorCode, [en: string, ru: string]>} */
export const EXPLAINED = {
  BAD_JSON: [
    "What was sent is not a JSON object. Send one valid object.",
    "Отправлен не объект JSON. Отправьте один правильный объект.",
  ],
  UNKNOWN_HEADER: [
    "Header is missing or unknown. It is Info, Dask or Job.",
    "Поле Header отсутствует или неизвестно. Это Info, Dask или Job.",
  ],
  BAD_REQUEST: [
    "A field of the request is wrong. The message names it and says what is expected.",
    "Поле запроса неверно. В сообщении названо поле и что в нём ожидается.",
  ],
  FORBIDDEN: [
    "The role that goes with the token doesn't allow this. Ask the operator, or use another token.",
    "Роль, связанная с токеном, этого не разрешает. Обратитесь к оператору или возьмите другой токен.",
  ],
  FORBIDDEN_PATH: [
    "A path leads out of the folders that jobs may use. Use a path below one of them.",
    "Путь ведёт за пределы папок, доступных заданиям. Укажите путь внутри одной из них.",
  ],
  BASE_NOT_FOUND: [
    "The folder or the data file doesn't exist or may not be read. Check Directory and Base.",
    "Папки или файла данных нет, или их нельзя прочитать. Проверьте Directory и Base.",
  ],
  BASE_NOT_PARQUET: [
    "The data is not a Parquet file, or its end is damaged. Write the file again.",
    "Данные — не файл Parquet, или конец файла повреждён. Запишите файл заново.",
  ],
  BASE_UNREADABLE: [
    "The Parquet file is damaged inside, or it changed while it was read. Check the file, then retry.",
    "Файл Parquet повреждён внутри или изменился во время чтения. Проверьте файл и повторите задание.",
  ],
  FORMULA_NOT_FOUND: [
    "The formula file doesn't exist or may not be read. Check File.",
    "Файла формулы нет, или его нельзя прочитать. Проверьте File.",
  ],
  FORMULA_INVALID: [
    "The formula can't be loaded: a syntax error, or no known export. Correct it at the place that is named.",
    "Формулу не удалось загрузить: синтаксическая ошибка или нет известного экспорта. Исправьте указанное место.",
  ],
  FORMULA_FAILED: [
    "The formula threw an error or returned what can't be a result. Correct it at the place that is named.",
    "Формула завершилась ошибкой или вернула то, что не может быть результатом. Исправьте указанное место.",
  ],
  FORMULA_TIMEOUT: [
    "The job took longer than it may. Give it more time, or less work.",
    "Задание выполнялось дольше допустимого. Увеличьте время или уменьшите объём работы.",
  ],
  OUTPUT_FAILED: [
    "The result can't be written. Make room, or let the service write to the folder.",
    "Не удалось записать результат. Освободите место или дайте сервису право записи в папку.",
  ],
  OUT_OF_MEMORY: [
    "The formula filled its memory. Keep less in memory at once.",
    "Формула исчерпала память. Храните в памяти меньше данных одновременно.",
  ],
  CANCELLED: [
    "The job was ended early: somebody cancelled it, or the service was stopped.",
    "Задание завершено досрочно: его отменили или сервис был остановлен.",
  ],
  INTERRUPTED: [
    "The service ended while the job ran. Retry it.",
    "Сервис завершил работу во время выполнения задания. Повторите задание.",
  ],
  JOB_NOT_FOUND: [
    "There is no job with this ID, or it is no longer kept.",
    "Задания с таким ID нет, или оно больше не хранится.",
  ],
  JOB_NOT_ENDED: [
    "The job has no result yet. Wait until it has ended.",
    "У задания ещё нет результата. Дождитесь его завершения.",
  ],
  BUSY: [
    "The service has too much to do, or it is being stopped. Wait and try again.",
    "Сервис перегружен или останавливается. Подождите и попробуйте ещё раз.",
  ],
  IDLE_TIMEOUT: [
    "No complete request arrived in time. Connect again.",
    "Полный запрос не пришёл вовремя. Подключитесь снова.",
  ],
  TOO_LARGE: [
    "The request, the reply or the result exceeds its limit. Send less, or read the result from its file.",
    "Запрос, ответ или результат превышает предел. Отправьте меньше или прочитайте результат из файла.",
  ],
  UNAUTHORIZED: [
    "The service requires a token, and this one is missing or wrong.",
    "Сервис требует токен, а он не указан или неверен.",
  ],
  INTERNAL: [
    "This is a fault of the service itself. Report it with the message.",
    "Это ошибка самого сервиса. Сообщите о ней вместе с текстом сообщения.",
  ],
};

/** What a code means, in the page's language. @param {ErrorCode} code */
export function explained(code) {
  return EXPLAINED[code][language() === "ru" ? 1 : 0];
}
