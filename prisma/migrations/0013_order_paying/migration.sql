-- AlterTable
ALTER TABLE "Customer" ADD COLUMN     "payBy" TEXT;
